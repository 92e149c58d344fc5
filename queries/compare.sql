-- name: compare
-- title: What changed, worst first
-- question: What got slower, and what started failing?
-- param: before_from time — begin of the time before; --at, or --since with --baseline, fill these four
-- param: before_to time — its end
-- param: after_from time — begin of the time after
-- param: after_to time — its end
-- param: by choice(target_group|host|path|elb|status|target|method|rule) = target_group — what a row is; target groups are told apart by host, paths by method and target group
-- param: bucket duration = auto 60 — length of a bar of the charts
-- param: least count = 500 — rows with fewer requests in both times are not compared; of less than half an hour, as much fewer
-- param: ids text = \b(?:(?:[0-9A-Za-z_]+-)*[0-9A-Fa-f]{8,}(?:-[0-9A-Za-z_]+)*|(?:[A-Za-z_-]*[0-9]){5}[0-9A-Za-z_-]*)\b — with --by path: what becomes :id
-- key: name within
-- column: name text TARGET GROUP
-- column: within text HOST [optional 3]
-- column: change text CHANGE
-- column: requests_before count REQUESTS > BEFORE
-- column: requests_after count REQUESTS > AFTER
-- column: error_rate_before share 5xx > BEFORE
-- column: error_rate_after share 5xx > AFTER
-- column: client_error_rate_before share 4xx > BEFORE [optional 4]
-- column: client_error_rate_after share 4xx > AFTER [optional 4]
-- column: p50_before seconds TARGET p50, ms > BEFORE [optional 2]
-- column: p50_after seconds TARGET p50, ms > AFTER [optional 2]
-- column: p99_before seconds TARGET p99, ms > BEFORE [optional 1]
-- column: p99_after seconds TARGET p99, ms > AFTER [optional 1]
-- fold: prepared: name -within
--
-- Requests of neither time are not counted, and objects that hold only such are not read. Latencies are those of requests
-- whose target began to answer, without WebSockets. Requests are counted by eighths of each time, too: how they scatter says
-- what is chance. p45 and p55 fence p50 in, and p98 p99: see the report's small print.
WITH prepared AS (
    SELECT time >= from_unixtime(:after_from) AS is_after, elb_status_code AS status,
           CASE WHEN type NOT IN ('ws', 'wss') THEN target_processing_time END AS target_time,
           CAST(floor(8 * CASE WHEN time >= from_unixtime(:after_from)
                               THEN (to_unixtime(time) - :after_from) / nullif(:after_to - :after_from, 0)
                               ELSE (to_unixtime(time) - :before_from) / nullif(:before_to - :before_from, 0) END) AS bigint) AS eighth,
           CAST(floor((to_unixtime(time) - CASE WHEN time >= from_unixtime(:after_from) THEN :after_from ELSE :before_from END)
                      / :bucket) AS bigint) AS bar,
           coalesce(CASE WHEN :by = 'target_group' THEN coalesce(target_group_arn, '(no target group)')
                         WHEN :by = 'elb' THEN elb
                         WHEN :by = 'host' THEN lower(url_extract_host(request_url))
                         WHEN :by = 'path' THEN coalesce(request_verb, '') || ' ' ||
                             substr(regexp_replace(regexp_replace(substr(url_extract_path(request_url), 1, 2000), :ids, ':id'),
                                                   '/-?[0-9]+(?:[.,]-?[0-9]+)*\b', '/:id'), 1, 200)
                         WHEN :by = 'status' THEN CAST(elb_status_code AS varchar)
                         WHEN :by = 'target' THEN target_ip || ':' || CAST(target_port AS varchar)
                         WHEN :by = 'method' THEN request_verb
                         WHEN :by = 'rule' THEN CAST(matched_rule_priority AS varchar) END, '(none)') AS name,
           CASE WHEN :by = 'target_group' THEN coalesce(lower(url_extract_host(request_url)), '(no host)')
                WHEN :by IN ('path', 'target', 'status') THEN coalesce(target_group_arn, '(no target group)')
                WHEN :by = 'rule' THEN elb ELSE '' END AS within
    FROM requests
    WHERE (time >= from_unixtime(:before_from) AND time < from_unixtime(:before_to))
       OR (time >= from_unixtime(:after_from) AND time < from_unixtime(:after_to))
),
grouped AS (
    SELECT CASE grouping(name, bar) WHEN 1 THEN 'row' WHEN 2 THEN 'time' ELSE 'total' END AS part, name, within, bar,
           count_if(NOT is_after) AS requests_before, count_if(is_after) AS requests_after,
           count_if(NOT is_after AND status BETWEEN 500 AND 599) AS errors_before,
           count_if(is_after AND status BETWEEN 500 AND 599) AS errors_after,
           count_if(NOT is_after AND status BETWEEN 400 AND 499) AS client_errors_before,
           count_if(is_after AND status BETWEEN 400 AND 499) AS client_errors_after,
           count(CASE WHEN NOT is_after THEN target_time END) AS timed_before,
           count(CASE WHEN is_after THEN target_time END) AS timed_after,
           count_if(NOT is_after AND eighth = 0) AS b0, count_if(NOT is_after AND eighth = 1) AS b1,
           count_if(NOT is_after AND eighth = 2) AS b2, count_if(NOT is_after AND eighth = 3) AS b3,
           count_if(NOT is_after AND eighth = 4) AS b4, count_if(NOT is_after AND eighth = 5) AS b5,
           count_if(NOT is_after AND eighth = 6) AS b6, count_if(NOT is_after AND eighth = 7) AS b7,
           count_if(is_after AND eighth = 0) AS a0, count_if(is_after AND eighth = 1) AS a1,
           count_if(is_after AND eighth = 2) AS a2, count_if(is_after AND eighth = 3) AS a3,
           count_if(is_after AND eighth = 4) AS a4, count_if(is_after AND eighth = 5) AS a5,
           count_if(is_after AND eighth = 6) AS a6, count_if(is_after AND eighth = 7) AS a7,
           approx_percentile(CASE WHEN NOT is_after THEN target_time END, ARRAY[0.45, 0.5, 0.55, 0.98, 0.99]) AS before,
           approx_percentile(CASE WHEN is_after THEN target_time END, ARRAY[0.45, 0.5, 0.55, 0.98, 0.99]) AS after
    FROM prepared
    GROUP BY GROUPING SETS ((name, within), (bar), ())
)
SELECT part, name, within, bar, requests_before, requests_after, errors_before, errors_after,
       CAST(errors_before AS double) / nullif(requests_before, 0) AS error_rate_before,
       CAST(errors_after AS double) / nullif(requests_after, 0) AS error_rate_after, client_errors_before, client_errors_after,
       CAST(client_errors_before AS double) / nullif(requests_before, 0) AS client_error_rate_before,
       CAST(client_errors_after AS double) / nullif(requests_after, 0) AS client_error_rate_after,
       timed_before, timed_after, before[1] AS p45_before, before[2] AS p50_before, before[3] AS p55_before,
       before[4] AS p98_before, before[5] AS p99_before, after[1] AS p45_after, after[2] AS p50_after,
       after[3] AS p55_after, after[4] AS p98_after, after[5] AS p99_after,
       CAST(b0 * b0 + b1 * b1 + b2 * b2 + b3 * b3 + b4 * b4 + b5 * b5 + b6 * b6 + b7 * b7 AS double) AS squares_before,
       CAST(a0 * a0 + a1 * a1 + a2 * a2 + a3 * a3 + a4 * a4 + a5 * a5 + a6 * a6 + a7 * a7 AS double) AS squares_after
FROM grouped
WHERE part IN ('total', 'time') OR requests_before >= :least OR requests_after >= :least
ORDER BY requests_before + requests_after DESC, name, within, bar
