-- name: overview
-- title: Overview
-- question: What is going on?
-- param: bucket duration = auto 180 — length of a bar
-- column: name text TARGET GROUP
-- column: requests count REQUESTS
-- column: share share SHARE [optional 5]
-- column: errors count 5xx > ALL
-- column: error_rate share 5xx > RATE
-- column: elb_5xx count 5xx > BY THE LB [optional 4]
-- column: elb_5xx_rate share 5xx > RATE [optional 8]
-- column: client_errors count 4xx [optional 3]
-- column: target_p50 seconds TARGET TIME, ms > p50 [optional 2]
-- column: target_p99 seconds TARGET TIME, ms > p99
-- column: total_p99 seconds TOTAL, ms > p99 [optional 6]
-- column: received bytes BYTES > IN [optional 7]
-- column: sent bytes BYTES > OUT [optional 1]
-- chart: requests count Requests per {bucket} > requests
-- chart: elb_5xx count 5xx per {bucket} > made by the load balancer
-- chart: target_5xx count 5xx per {bucket} > by the target
-- chart: target_p50 seconds Target time per {bucket} > p50
-- chart: target_p99 seconds Target time per {bucket} > p99
-- left-out: without_time without a target time: not in p50 and p99
-- left-out: websockets WebSockets: not in p50 and p99
-- fold: prepared: target_group, elb
--
-- Load balancers, target groups and status codes are grouping sets of one statement.
WITH typed AS (
    SELECT *, coalesce(type IN ('ws', 'wss'), false) AS is_websocket FROM requests
),
prepared AS (
    SELECT coalesce(target_group_arn, '(no target group)') AS target_group, coalesce(elb, '(none)') AS elb,
           coalesce(CAST(elb_status_code AS varchar), '(none)') AS status, time,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket,
           coalesce(elb_status_code BETWEEN 500 AND 599, false) AS is_5xx,
           coalesce(elb_status_code BETWEEN 400 AND 499, false) AS is_4xx,
           coalesce(elb_status_code = target_status_code, false) AS is_of_target,
           CASE WHEN NOT is_websocket THEN target_processing_time END AS target_time,
           CASE WHEN NOT is_websocket
                THEN round(coalesce(request_processing_time, 0) + target_processing_time + coalesce(response_processing_time, 0), 6)
           END AS total_time,
           received_bytes, sent_bytes, is_websocket
    FROM typed
),
grouped AS (
    SELECT CASE grouping(target_group, elb, status, bucket)
                WHEN 7 THEN 'row' WHEN 11 THEN 'elb' WHEN 13 THEN 'status' WHEN 14 THEN 'time' ELSE 'total' END AS part,
           coalesce(target_group, elb, status) AS name, bucket, count(*) AS requests, count_if(is_5xx) AS errors,
           count_if(is_5xx AND is_of_target) AS target_5xx, count_if(is_4xx) AS client_errors,
           count_if(is_4xx AND is_of_target) AS target_4xx, count_if(is_of_target) AS from_target,
           min(CASE WHEN is_5xx THEN time END) AS first_error, max(CASE WHEN is_5xx THEN time END) AS last_error,
           approx_percentile(target_time, ARRAY[0.5, 0.99]) AS target,
           approx_percentile(total_time, ARRAY[0.5, 0.99]) AS total,
           sum(received_bytes) AS received, sum(sent_bytes) AS sent, count_if(is_websocket) AS websockets,
           count_if(NOT is_websocket AND target_time IS NULL) AS without_time
    FROM prepared
    GROUP BY GROUPING SETS ((target_group), (elb), (status), (bucket), ())
),
measured AS (
    SELECT *, max(CASE WHEN part = 'total' THEN requests END) OVER () AS of_all
    FROM grouped
)
SELECT part, name, bucket, requests, CAST(requests AS double) / nullif(of_all, 0) AS share, errors,
       CAST(errors AS double) / nullif(requests, 0) AS error_rate, errors - target_5xx AS elb_5xx,
       CAST(errors - target_5xx AS double) / nullif(requests, 0) AS elb_5xx_rate, target_5xx, client_errors,
       client_errors - target_4xx AS elb_4xx, target_4xx, from_target, first_error, last_error,
       target[1] AS target_p50, target[2] AS target_p99, total[1] AS total_p50, total[2] AS total_p99,
       received, sent, websockets, without_time
FROM measured
ORDER BY errors DESC, requests DESC, name, bucket
