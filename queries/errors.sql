-- name: errors
-- title: 5xx per {by}, by who made them
-- question: Which 5xx are there, whose are they, and since when?
-- param: by choice(target_group|elb|host|target|method|rule|status|path|client|user_agent|zone|pod|workload|version) = target_group — what a row is; paths by method; zone, pod, workload and version by the inventory; a zone that it does not know: targets whose IPv4 addresses have 20 bits in common
-- param: top count = 20 — rows shown
-- param: ids text = \b(?:(?:[0-9A-Za-z_]+-)*[0-9A-Fa-f]{8,}(?:-[0-9A-Za-z_]+)*|(?:[A-Za-z_-]*[0-9]){5}[0-9A-Za-z_-]*)\b — with --by path: what becomes :id
-- param: bucket duration = auto 48 — length of a bar
-- key: name
-- column: name text TARGET GROUP
-- column: requests count REQUESTS
-- column: errors count 5xx
-- column: error_rate share RATE
-- column: elb_5xx count MADE BY THE LB > 5xx
-- column: elb_5xx_rate share MADE BY THE LB > RATE [optional 3]
-- column: target_5xx count BY THE TARGET > 5xx
-- column: target_5xx_rate share BY THE TARGET > RATE [optional 4]
-- column: status_500 count 500 [optional 10]
-- column: status_502 count 502 [optional 6]
-- column: status_503 count 503 [optional 7]
-- column: status_504 count 504 [optional 8]
-- column: status_other count OTHER [optional 9]
-- column: first_seen time FIRST SEEN [optional 5]
-- column: last_seen time LAST SEEN [optional 2]
-- bars: errors 5xx / {bucket}
-- chart: elb_5xx count 5xx per {bucket} > made by the load balancer
-- chart: target_5xx count 5xx per {bucket} > by the target
-- note: LB the load balancer: it made a 5xx unless it passed on the target's own status
-- next: albstats report why {flags} — why they happened
-- next: albstats report targets {flags} — whether it is one target
-- fold: prepared: name if is_error
--
-- Requests without a target group are a row of their own: 503s live there.
WITH prepared AS (
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
                         WHEN :by = 'rule' THEN CAST(matched_rule_priority AS varchar)
                         WHEN :by = 'status' THEN CAST(elb_status_code AS varchar) END, '(none)') AS name,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket,
           coalesce(elb_status_code BETWEEN 500 AND 599, false) AS is_error, elb_status_code, target_status_code, time
    FROM requests
),
grouped AS (
    SELECT CASE grouping(name, bucket) WHEN 0 THEN 'point' WHEN 1 THEN 'row' WHEN 2 THEN 'time' ELSE 'total' END AS part,
           name, bucket, count(*) AS requests, count_if(is_error) AS errors,
           count_if(is_error AND target_status_code = elb_status_code) AS target_5xx,
           count_if(elb_status_code = 500) AS status_500, count_if(elb_status_code = 502) AS status_502,
           count_if(elb_status_code = 503) AS status_503, count_if(elb_status_code = 504) AS status_504,
           min(CASE WHEN is_error THEN time END) AS first_seen, max(CASE WHEN is_error THEN time END) AS last_seen
    FROM prepared
    GROUP BY GROUPING SETS ((name), (name, bucket), (bucket), ())
),
ranked AS (
    SELECT *, max(CASE WHEN part = 'row' THEN errors END) OVER (PARTITION BY name) AS of_errors,
           max(CASE WHEN part = 'row' THEN requests END) OVER (PARTITION BY name) AS of_requests
    FROM grouped
),
placed AS (
    SELECT *, dense_rank() OVER (PARTITION BY part ORDER BY of_errors DESC, of_requests DESC, name) AS place,
           sum(CASE WHEN part = 'row' THEN 1 ELSE 0 END) OVER (PARTITION BY part) AS of_rows
    FROM ranked
)
SELECT part, name, bucket, requests, errors, CAST(errors AS double) / nullif(requests, 0) AS error_rate,
       errors - target_5xx AS elb_5xx, CAST(errors - target_5xx AS double) / nullif(requests, 0) AS elb_5xx_rate,
       target_5xx, CAST(target_5xx AS double) / nullif(requests, 0) AS target_5xx_rate,
       status_500, status_502, status_503, status_504,
       errors - status_500 - status_502 - status_503 - status_504 AS status_other, first_seen, last_seen, of_rows
FROM placed
WHERE part IN ('time', 'total') OR place <= :top OR :top = 0
ORDER BY errors DESC, requests DESC, name, bucket
