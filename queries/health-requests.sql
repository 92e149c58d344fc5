-- name: health-requests
-- title: Requests that failed beside health checks
-- part-of: health
-- param: bucket duration = auto 24 — length of a bar
-- fold: prepared: target_group if is_error, target if is_error
--
-- `errors` are requests answered with 502, 503 or 504, by whomever: what targets that are not well cause.
WITH prepared AS (
    SELECT target_group_arn AS target_group, target_ip || ':' || CAST(target_port AS varchar) AS target, time, elb_status_code,
           coalesce(elb_status_code IN (502, 503, 504), false) AS is_error,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket
    FROM requests
),
grouped AS (
    SELECT CASE grouping(target_group, target, bucket) WHEN 2 THEN 'point' WHEN 1 THEN 'row' ELSE 'total' END AS part,
           target_group, target, bucket, count(*) AS requests, count_if(is_error) AS errors,
           count_if(elb_status_code = 502) AS status_502, count_if(elb_status_code = 503) AS status_503,
           count_if(elb_status_code = 504) AS status_504,
           min(CASE WHEN is_error THEN time END) AS first_error, max(CASE WHEN is_error THEN time END) AS last_error
    FROM prepared
    GROUP BY GROUPING SETS ((target_group, target), (target_group, bucket), ())
)
SELECT part, target_group, target, bucket, requests, errors, status_502, status_503, status_504, first_error, last_error
FROM grouped
WHERE errors > 0 OR part = 'total' OR (part = 'row' AND target IS NOT NULL)
ORDER BY errors DESC, target_group, target, bucket
