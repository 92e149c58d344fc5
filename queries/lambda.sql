-- name: lambda
-- title: Lambda functions behind target groups: errors by reason
-- question: How do Lambda targets do, and why do they fail?
-- param: bucket duration = auto 12 — length of a bar
-- key: target_group reason
-- column: target_group text TARGET GROUP OF FUNCTION
-- column: reason text ERROR REASON
-- column: requests count REQUESTS
-- column: share share OF ITS REQUESTS
-- column: errors count 5xx [optional 5]
-- column: target_p50 seconds TIME, ms > p50 [optional 2]
-- column: target_p99 seconds TIME, ms > p99
-- column: target_max seconds TIME, ms > MAX [optional 1]
-- column: received_max bytes LARGEST > REQUEST [optional 4]
-- column: sent_max bytes LARGEST > ANSWER [optional 3]
-- column: first_seen time FIRST SEEN [optional 7]
-- column: last_seen time LAST SEEN [optional 6]
-- bars: requests REQUESTS / {bucket}
-- left-out: others that no Lambda function was asked
-- empty: no Lambda function was asked
-- note: LARGEST in bytes with headers, as clients sent and got it; a body may have 1 MB either way
-- fold: prepared: target_group
--
-- A target that answered and has no address is a Lambda function; so is one that failed for a reason of Lambda's.
WITH typed AS (
    SELECT *, CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket,
           coalesce(error_reason LIKE 'Lambda%', false)
               OR (target_group_arn IS NOT NULL AND target_ip IS NULL AND target_processing_time IS NOT NULL) AS is_lambda
    FROM requests
),
prepared AS (
    SELECT bucket, CASE WHEN is_lambda THEN coalesce(target_group_arn, '(no target group)') END AS target_group,
           CASE WHEN is_lambda THEN coalesce(error_reason, '(none)') END AS reason,
           is_lambda AND coalesce(elb_status_code BETWEEN 500 AND 599, false) AS is_5xx,
           CASE WHEN is_lambda THEN target_processing_time END AS target_time,
           CASE WHEN is_lambda THEN received_bytes END AS received, CASE WHEN is_lambda THEN sent_bytes END AS sent,
           CASE WHEN is_lambda THEN time END AS seen
    FROM typed
),
grouped AS (
    SELECT CASE grouping(target_group, reason, bucket) WHEN 0 THEN 'point' WHEN 1 THEN 'row' ELSE 'total' END AS part,
           target_group, reason, bucket, count(target_group) AS requests, count_if(is_5xx) AS errors,
           count_if(reason <> '(none)') AS failed, approx_percentile(target_time, ARRAY[0.5, 0.99]) AS times,
           max(target_time) AS target_max, max(received) AS received_max, max(sent) AS sent_max,
           min(seen) AS first_seen, max(seen) AS last_seen, count(*) - count(target_group) AS others
    FROM prepared
    GROUP BY GROUPING SETS ((target_group, reason), (target_group, reason, bucket), ())
),
measured AS (
    SELECT *, sum(CASE WHEN part = 'row' THEN requests END) OVER (PARTITION BY target_group) AS of_group
    FROM grouped
)
SELECT part, target_group, reason, bucket, requests, CAST(requests AS double) / nullif(of_group, 0) AS share, errors,
       times[1] AS target_p50, times[2] AS target_p99, target_max, received_max, sent_max, first_seen, last_seen, failed, others
FROM measured
WHERE part = 'total' OR requests > 0
ORDER BY target_group, requests DESC, reason, bucket
