-- name: why-health
-- part-of: why
-- title: Health checks of targets
-- question: Which targets failed their health checks, when and why?
-- param: bucket duration = auto 180 — length of a bar
-- column: elb text LOAD BALANCER
-- column: target_group text TARGET GROUP
-- column: target text TARGET
-- column: failure text WHY
-- column: bucket number FROM
-- column: checks count CHECKS
-- column: first_time time FIRST
-- column: last_time time LAST
-- fold: checked: target_group elb ~target if failure IS NOT NULL
--
-- A row counts the checks of one target in one bar with one outcome. `failure` is NULL for checks that passed.
WITH checked AS (
    SELECT
        elb,
        target_group_id AS target_group,
        target_addr AS target,
        time,
        CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket,
        CASE WHEN status <> 'PASS' THEN coalesce(reason_code, 'unknown') END AS failure
    FROM health_checks
)
SELECT
    elb,
    target_group,
    target,
    failure,
    bucket,
    count(*) AS checks,
    min(time) AS first_time,
    max(time) AS last_time
FROM checked
GROUP BY elb, target_group, target, failure, bucket
