-- name: targets
-- title: Targets against their siblings, most 5xx beyond their share first
-- question: Is one target sick, or is traffic spread unevenly?
-- param: bucket duration = auto 12 — length of a bar
-- key: target_group target target_pod
-- column: target_group text TARGET GROUP
-- column: target text TARGET
-- column: target_pod text POD [optional 1] [known]
-- column: requests count REQUESTS
-- column: share share OF ITS GROUP [optional 6]
-- column: of_mean number × MEAN [optional 5]
-- column: errors count 5xx
-- column: error_rate share RATE
-- column: beyond number BEYOND ITS SHARE [optional 9]
-- column: target_p50 seconds TARGET TIME, ms > p50 [optional 2]
-- column: target_p90 seconds TARGET TIME, ms > p90 [optional 4]
-- column: target_p99 seconds TARGET TIME, ms > p99
-- column: target_max seconds TARGET TIME, ms > MAX [optional 3]
-- column: first_seen time FIRST SEEN [optional 8]
-- column: last_seen time LAST SEEN [optional 7]
-- bars: requests REQUESTS / {bucket}
-- left-out: lambda for Lambda functions, which have no targets: report lambda
-- left-out: without_target that no target was chosen for
-- empty: no request was given to a target
-- note: 5xx whoever made it, of requests that were given to this target
-- note: BEYOND_ITS_SHARE so many more than if it failed as often as its whole group
-- fold: prepared: target_group, target target_pod
--
-- All targets are needed to judge one of them, so that none is cut here.
WITH addressed AS (
    SELECT *, target_ip || ':' || CAST(target_port AS varchar) AS target FROM requests
),
prepared AS (
    SELECT coalesce(target_group_arn, '(no target group)') AS target_group, target, target_pod, time,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket,
           coalesce(elb_status_code BETWEEN 500 AND 599, false) AS is_5xx,
           CASE WHEN type NOT IN ('ws', 'wss') AND target IS NOT NULL THEN target_processing_time END AS target_time,
           target IS NULL AND target_group_arn IS NOT NULL
               AND (target_processing_time IS NOT NULL OR coalesce(error_reason LIKE 'Lambda%', false)) AS is_lambda
    FROM addressed
),
grouped AS (
    SELECT CASE grouping(target_group, target, target_pod, bucket)
                WHEN 0 THEN 'point' WHEN 1 THEN 'row' WHEN 7 THEN 'group' ELSE 'total' END AS part,
           target_group, target, target_pod, bucket, count(target) AS requests, count_if(target IS NOT NULL AND is_5xx) AS errors,
           approx_percentile(target_time, ARRAY[0.5, 0.9, 0.99]) AS times, max(target_time) AS target_max,
           count(target_time) AS timed, min(CASE WHEN target IS NOT NULL THEN time END) AS first_seen,
           max(CASE WHEN target IS NOT NULL THEN time END) AS last_seen, count_if(is_lambda) AS lambda,
           count(*) - count(target) - count_if(is_lambda) AS without_target
    FROM prepared
    GROUP BY GROUPING SETS ((target_group, target, target_pod), (target_group, target, target_pod, bucket), (target_group), ())
),
measured AS (
    SELECT *, max(CASE WHEN part = 'group' THEN requests END) OVER (PARTITION BY target_group) AS of_group,
           max(CASE WHEN part = 'group' THEN errors END) OVER (PARTITION BY target_group) AS errors_of_group,
           sum(CASE WHEN part = 'row' AND requests > 0 THEN 1 ELSE 0 END) OVER (PARTITION BY target_group) AS of_targets
    FROM grouped
)
SELECT part, target_group, target, target_pod, bucket, requests, CAST(requests AS double) / nullif(of_group, 0) AS share,
       CAST(requests AS double) * of_targets / nullif(of_group, 0) AS of_mean, errors,
       CAST(errors AS double) / nullif(requests, 0) AS error_rate,
       errors - CAST(requests AS double) * errors_of_group / nullif(of_group, 0) AS beyond,
       times[1] AS target_p50, times[2] AS target_p90, times[3] AS target_p99, target_max, timed, first_seen, last_seen,
       lambda, without_target
FROM measured
WHERE part = 'total' OR (part IN ('row', 'point') AND requests > 0)
ORDER BY beyond DESC NULLS LAST, target_p99 DESC NULLS LAST, requests DESC, target_group, target, target_pod, bucket
