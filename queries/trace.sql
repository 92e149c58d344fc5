-- name: trace
-- title: One request, or one connection
-- question: What happened to the request of this trace id, or on this connection?
-- param: id text — a trace id (1-…, Root=1-…) or a connection's (TID_…)
-- param: top count = 20 — requests shown; those that failed come first into their number
-- column: request_creation_time time RECEIVED
-- column: idle_before seconds IDLE BEFORE, ms [optional 3]
-- column: request_verb text METHOD
-- column: host text HOST [optional 6]
-- column: path text PATH
-- column: query text QUERY [optional 9] [private]
-- column: elb_status_code code STATUS > SENT
-- column: target_status_code code STATUS > OF TARGET [optional 5]
-- column: request_processing_time seconds TIME, ms > REQUEST [optional 4]
-- column: target_processing_time seconds TIME, ms > TARGET
-- column: response_processing_time seconds TIME, ms > ANSWER [optional 4]
-- column: elapsed seconds TIME, ms > ALL
-- column: target text TARGET [optional 2]
-- column: target_group_arn text TARGET GROUP [optional 7]
-- column: elb text LOAD BALANCER [optional 8]
-- column: error_reason text REASON [optional 1]
--
-- A trace id stands somewhere in the header: behind Root=, behind Self=, or behind a name of the client's.
WITH found AS (
    SELECT *, round(to_unixtime(time) - to_unixtime(request_creation_time), 6) AS elapsed,
           round(to_unixtime(request_creation_time) - to_unixtime(max(time) OVER (
               PARTITION BY conn_trace_id ORDER BY request_creation_time, time
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)), 6) AS idle_before,
           row_number() OVER (ORDER BY coalesce(request_creation_time, time), time) AS number,
           count(*) OVER () AS of_rows,
           CASE WHEN elb_status_code IS NULL OR elb_status_code = 0 OR elb_status_code >= 460 AND elb_status_code <> 499
                  OR elb_status_code >= 400 AND target_status_code IS NULL
                     AND strpos(coalesce(actions_executed, ''), 'fixed-response') = 0
                     AND strpos(coalesce(actions_executed, ''), 'waf') = 0 THEN 1 ELSE 0 END AS is_failed
    FROM requests
    WHERE CASE WHEN substr(:id, 1, 4) = 'TID_' THEN conn_trace_id = :id ELSE strpos(lower(trace_id), :id) > 0 END
),
placed AS (
    SELECT *, row_number() OVER (ORDER BY is_failed DESC, number) AS place, sum(is_failed) OVER () AS of_failed
    FROM found
)
SELECT request_creation_time, time, idle_before, request_verb,
       lower(url_extract_host(request_url)) AS host,
       substr(split_part(request_url, '?', 1), length(split_part(request_url, '/', 1)) + length(split_part(request_url, '/', 3)) + 3) AS path,
       CASE WHEN strpos(request_url, '?') > 0 THEN substr(request_url, strpos(request_url, '?')) END AS query,
       request_proto, type, elb_status_code, target_status_code,
       request_processing_time, target_processing_time, response_processing_time, elapsed,
       target_ip || ':' || CAST(target_port AS varchar) AS target, target_group_arn, elb, error_reason,
       client_ip, client_port, user_agent, received_bytes, sent_bytes, ssl_protocol, trace_id, conn_trace_id,
       matched_rule_priority, actions_executed, target_error_code, elb_error_code, ip_address, log_object, number, of_rows, of_failed
FROM placed
WHERE place <= :top OR :top = 0
ORDER BY number
