-- name: incident
-- title: Incident
-- question: What happened: what stands out, why, whose and when, on one page?
-- param: bucket duration = auto 180 — length of a bar
-- column: from_time time FROM
-- column: until_time time UNTIL
-- column: kind text KIND
-- column: what text WHAT
-- chart: elb_5xx count 5xx per {bucket} > made by the load balancer
-- chart: target_5xx count 5xx per {bucket} > by the target
-- chart: requests count Requests per {bucket} > requests
-- chart: target_p99 seconds Target time per {bucket} > p99
--
-- Rows of the page are made of findings and of --mark; this is the time they lie in. Its sections are other reports.
WITH prepared AS (
    SELECT CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket, time,
           coalesce(elb_status_code BETWEEN 500 AND 599, false) AS is_error,
           coalesce(elb_status_code = target_status_code, false) AS is_of_target,
           CASE WHEN NOT coalesce(type IN ('ws', 'wss'), false) THEN target_processing_time END AS target_time
    FROM requests
)
SELECT CASE grouping(bucket) WHEN 0 THEN 'time' ELSE 'total' END AS part, bucket, count(*) AS requests,
       count_if(is_error) AS errors, count_if(is_error AND is_of_target) AS target_5xx,
       count_if(is_error AND NOT is_of_target) AS elb_5xx, approx_percentile(target_time, 0.99) AS target_p99,
       min(CASE WHEN is_error THEN time END) AS first_error, max(CASE WHEN is_error THEN time END) AS last_error
FROM prepared
GROUP BY GROUPING SETS ((bucket), ())
ORDER BY bucket
