-- name: slow
-- title: The slowest requests, and which part of them was slow
-- question: Which single requests took longest, and was it the load balancer, the target or the client?
-- param: top count = 20 — rows shown
-- column: took seconds TOOK, ms
-- column: slow_part text SLOW
-- column: request_time seconds OF IT, ms > TO TARGET [optional 7]
-- column: target_time seconds OF IT, ms > TARGET [optional 5]
-- column: response_time seconds OF IT, ms > TO CLIENT [optional 6]
-- column: time time ENDED [optional 3]
-- column: status code STATUS
-- column: target_group text TARGET GROUP
-- column: target text TARGET [optional 4]
-- column: method text METHOD [optional 2]
-- column: url text URL [private] [optional 1]
-- column: trace_id text TRACE [optional 8]
-- note: SLOW the longest of the three times: `to target` before the target had the request, `target` until it began to answer, `to client` until the answer was sent; `no answer` (504: in time) from the target, `client left` (460), `before target` where none was chosen
-- note: TOOK the three times together; where one is missing, from the client's first bytes to the end
-- note: left_out WebSockets, whose time is their whole life: albstats report websockets
-- next: albstats report trace {trace_id} {flags} — the slowest one's story
-- next: albstats report latency {flags} — whether these are the rule
--
-- Neither sorts nor holds more rows than it shows.
WITH timed AS (
    SELECT round(CASE WHEN request_processing_time IS NULL OR target_processing_time IS NULL OR response_processing_time IS NULL
                      THEN to_unixtime(time) - to_unixtime(request_creation_time)
                      ELSE request_processing_time + target_processing_time + response_processing_time END, 3) AS took,
           request_processing_time AS request_time, target_processing_time AS target_time,
           response_processing_time AS response_time, time, elb_status_code AS status, target_group_arn AS target_group,
           target_ip || ':' || CAST(target_port AS varchar) AS target, request_verb AS method, request_url AS url, trace_id
    FROM requests
    WHERE NOT coalesce(type IN ('ws', 'wss'), false)
)
SELECT took,
       CASE WHEN target_time IS NOT NULL AND target_time >= coalesce(request_time, 0) AND target_time >= coalesce(response_time, 0) THEN 'target'
            WHEN target_time IS NOT NULL AND coalesce(response_time, 0) >= coalesce(request_time, 0) THEN 'to client'
            WHEN target_time IS NOT NULL THEN 'to target'
            WHEN status = 460 THEN 'client left'
            WHEN target IS NULL AND target_group IS NULL THEN 'before target'
            ELSE 'no answer' END AS slow_part,
       request_time, target_time, response_time, time, status, target_group, target, method, url, trace_id
FROM timed
WHERE took IS NOT NULL
ORDER BY took DESC NULLS LAST, time, trace_id
LIMIT :top
