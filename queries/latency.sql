-- name: latency
-- title: Latency per {by}, slowest target p99 first
-- question: Which target groups are slow, and since when?
-- param: by choice(target_group|elb|host|target|method|status|rule|path|client|user_agent|zone|pod|workload|version) = target_group — what a row is; paths by method; zone, pod, workload and version by the inventory; a zone that it does not know: targets whose IPv4 addresses have 20 bits in common
-- param: top count = 20 — rows shown
-- param: ids text = \b(?:(?:[0-9A-Za-z_]+-)*[0-9A-Fa-f]{8,}(?:-[0-9A-Za-z_]+)*|(?:[A-Za-z_-]*[0-9]){5}[0-9A-Za-z_-]*)\b — with --by path: what becomes :id
-- param: bucket duration = auto 24 — length of a bar
-- key: name
-- column: name text TARGET GROUP
-- column: requests count REQUESTS
-- column: target_p50 seconds TARGET TIME, ms > p50
-- column: target_p90 seconds TARGET TIME, ms > p90 [optional 3]
-- column: target_p95 seconds TARGET TIME, ms > p95 [optional 2]
-- column: target_p99 seconds TARGET TIME, ms > p99
-- column: target_max seconds TARGET TIME, ms > MAX [optional 4]
-- column: total_p50 seconds TOTAL, ms > p50 [optional 6]
-- column: total_p90 seconds TOTAL, ms > p90 [optional 9]
-- column: total_p95 seconds TOTAL, ms > p95 [optional 8]
-- column: total_p99 seconds TOTAL, ms > p99 [optional 5]
-- column: total_max seconds TOTAL, ms > MAX [optional 7]
-- bars: target_p99 p99 / {bucket}
-- chart: target_p50 seconds Target time per {bucket} > p50
-- chart: target_p99 seconds Target time per {bucket} > p99
-- left-out: without_target without a target (redirects, fixed responses, WAF, no target registered)
-- left-out: websockets WebSockets
-- left-out: without_time without a target time (made by the load balancer, or the client is gone): report errors
-- note: TOTAL the three times together; of an answer that broke off, what there was of it
-- empty: no target began to answer a request
-- next: albstats report paths {this} {flags} — the first one by route
-- next: albstats report slow {this} {flags} — its slowest requests
-- fold: prepared: name if target_time IS NOT NULL
--
-- A row counts for latency if the target began to answer and it is no WebSocket, whose time is its whole life.
WITH typed AS (
    SELECT *, coalesce(type IN ('ws', 'wss'), false) AS is_websocket FROM requests
),
prepared AS (
    SELECT coalesce(CASE WHEN :by = 'target_group' THEN coalesce(target_group_arn, '(no target group)')
                         WHEN :by = 'elb' THEN elb
                         WHEN :by = 'host' THEN lower(url_extract_host(request_url))
                         WHEN :by = 'target' THEN target_ip || ':' || CAST(target_port AS varchar)
                         WHEN :by = 'method' THEN request_verb
                         WHEN :by = 'path' THEN coalesce(request_verb, '') || ' ' ||
                             substr(regexp_replace(regexp_replace(substr(url_extract_path(request_url), 1, 2000), :ids, ':id'),
                                                   '/-?[0-9]+(?:[.,]-?[0-9]+)*\b', '/:id'), 1, 200)
                         WHEN :by = 'client' THEN client_ip
                         WHEN :by = 'user_agent' THEN user_agent
                         WHEN :by = 'zone' THEN coalesce(target_zone, regexp_extract(target_ip, '^[0-9]+\.[0-9]+\.') ||
                             CAST(TRY_CAST(split_part(target_ip, '.', 3) AS bigint) / 16 * 16 AS varchar) || '.0/20')
                         WHEN :by = 'pod' THEN target_pod
                         WHEN :by = 'workload' THEN target_workload
                         WHEN :by = 'version' THEN target_workload || ' ' || target_version
                         WHEN :by = 'status' THEN CAST(elb_status_code AS varchar)
                         WHEN :by = 'rule' THEN CAST(matched_rule_priority AS varchar) END, '(none)') AS name,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket,
           CASE WHEN NOT is_websocket THEN target_processing_time END AS target_time,
           CASE WHEN NOT is_websocket
                THEN round(coalesce(request_processing_time, 0) + target_processing_time + coalesce(response_processing_time, 0), 6)
           END AS total_time,
           is_websocket,
           target_group_arn IS NOT NULL AND (target_ip IS NOT NULL OR target_processing_time IS NOT NULL) AS has_target
    FROM typed
),
grouped AS (
    SELECT CASE grouping(name, bucket) WHEN 0 THEN 'point' WHEN 1 THEN 'row' WHEN 2 THEN 'time' ELSE 'total' END AS part,
           name, bucket, count(target_time) AS requests,
           approx_percentile(target_time, ARRAY[0.5, 0.9, 0.95, 0.99]) AS target, max(target_time) AS target_max,
           approx_percentile(total_time, ARRAY[0.5, 0.9, 0.95, 0.99]) AS total, max(total_time) AS total_max,
           count_if(is_websocket) AS websockets,
           count_if(NOT is_websocket AND NOT has_target) AS without_target,
           count_if(NOT is_websocket AND has_target AND target_time IS NULL) AS without_time
    FROM prepared
    GROUP BY GROUPING SETS ((name), (name, bucket), (bucket), ())
),
ranked AS (
    SELECT *, max(CASE WHEN part = 'row' THEN target[4] END) OVER (PARTITION BY name) AS of_name
    FROM grouped
    WHERE requests > 0 OR part = 'total'
),
placed AS (
    SELECT *, dense_rank() OVER (PARTITION BY part ORDER BY of_name DESC NULLS LAST, name) AS place,
           sum(CASE WHEN part = 'row' THEN 1 ELSE 0 END) OVER (PARTITION BY part) AS of_rows
    FROM ranked
)
SELECT part, name, bucket, requests,
       target[1] AS target_p50, target[2] AS target_p90, target[3] AS target_p95, target[4] AS target_p99, target_max,
       total[1] AS total_p50, total[2] AS total_p90, total[3] AS total_p95, total[4] AS total_p99, total_max,
       websockets, without_target, without_time, of_rows
FROM placed
WHERE part IN ('time', 'total') OR place <= :top OR :top = 0
ORDER BY target_p99 DESC NULLS LAST, name, bucket
