-- name: targets
-- title: Targets against their siblings
-- question: Is one target sick, or is traffic spread unevenly?
-- param: bucket duration = auto 12 — length of a bar
-- key: target_group target
-- column: target_group text TARGET GROUP
-- column: target text TARGET
-- column: requests count REQUESTS
-- column: share share OF ITS GROUP
-- column: errors count 5xx
-- column: error_rate share RATE
-- column: target_p50 seconds TARGET TIME, ms > p50 [optional 2]
-- column: target_p99 seconds TARGET TIME, ms > p99
-- column: target_max seconds TARGET TIME, ms > MAX [optional 3]
-- column: first_seen time FIRST SEEN [optional 5]
-- column: last_seen time LAST SEEN [optional 4]
-- bars: requests REQUESTS / {bucket}
-- left-out: without_target requests that reached no target, or a Lambda function, which has none
SELECT part, target_group, target, bucket, requests, CAST(requests AS double) / nullif(of_group, 0) AS share, errors,
       CAST(errors AS double) / nullif(requests, 0) AS error_rate, times[1] AS target_p50, times[2] AS target_p99, target_max,
       first_seen, last_seen, without_target
FROM (
    SELECT *, max(CASE WHEN part = 'group' THEN requests END) OVER (PARTITION BY target_group) AS of_group
    FROM (
        SELECT CASE grouping(target_group, target, bucket)
                    WHEN 0 THEN 'point' WHEN 1 THEN 'row' WHEN 3 THEN 'group' ELSE 'total' END AS part,
               target_group, target, bucket, count(target) AS requests, count_if(is_error) AS errors,
               approx_percentile(target_time, ARRAY[0.5, 0.99]) AS times, max(target_time) AS target_max,
               min(CASE WHEN target IS NOT NULL THEN time END) AS first_seen,
               max(CASE WHEN target IS NOT NULL THEN time END) AS last_seen, count(*) - count(target) AS without_target
        FROM (
            SELECT target_group_arn AS target_group, target_ip || ':' || CAST(target_port AS varchar) AS target, time,
                   CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket,
                   coalesce(elb_status_code BETWEEN 500 AND 599 AND target_ip IS NOT NULL, false) AS is_error,
                   CASE WHEN type NOT IN ('ws', 'wss') AND target_ip IS NOT NULL THEN target_processing_time END AS target_time
            FROM requests
        ) AS prepared
        GROUP BY GROUPING SETS ((target_group, target), (target_group, target, bucket), (target_group), ())
    ) AS grouped
) AS measured
WHERE part = 'total' OR requests > 0
ORDER BY error_rate DESC NULLS LAST, errors DESC, target_p99 DESC NULLS LAST, requests DESC, target_group, target, bucket
