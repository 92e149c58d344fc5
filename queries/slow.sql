-- name: slow
-- title: The slowest requests, and which part of them was slow
-- question: Which single requests took longest, and was it the load balancer, the target or the client?
-- param: top count = 20 — rows shown
-- column: seconds seconds TOOK, ms
-- column: slow_part text SLOW PART
-- column: request_time seconds OF IT, ms > TO TARGET [optional 6]
-- column: target_time seconds OF IT, ms > TARGET [optional 5]
-- column: response_time seconds OF IT, ms > TO CLIENT [optional 7]
-- column: time time ANSWERED
-- column: status code STATUS
-- column: target_group_arn text TARGET GROUP
-- column: target text TARGET [optional 3]
-- column: request_verb text METHOD [optional 4]
-- column: request_url text URL [private] [optional 2]
-- column: trace_id text TRACE [optional 8]
-- note: WebSockets are left out, for their time is their whole life: albstats report websockets
-- note: target the target's time until it began to answer; a slow client or a large answer shows as `to client`
-- note: – without a target's time there was no answer, or the client was gone: what is given is the time from the request's arrival to its end
-- next: albstats report trace {trace_id} {flags} — the slowest one's story
SELECT seconds,
       CASE WHEN target_time IS NULL THEN 'no answer'
            WHEN target_time >= request_time AND target_time >= response_time THEN 'target'
            WHEN response_time >= request_time THEN 'to client' ELSE 'to target' END AS slow_part,
       request_time, target_time, response_time, time, status, target_group_arn, target, request_verb, request_url, trace_id
FROM (
    SELECT CASE WHEN type IN ('ws', 'wss') THEN NULL
                WHEN target_processing_time IS NULL OR request_processing_time IS NULL OR response_processing_time IS NULL
                THEN to_unixtime(time) - to_unixtime(request_creation_time)
                ELSE request_processing_time + target_processing_time + response_processing_time END AS seconds,
           request_processing_time AS request_time, target_processing_time AS target_time,
           response_processing_time AS response_time, time, elb_status_code AS status, target_group_arn,
           target_ip || ':' || CAST(target_port AS varchar) AS target, request_verb, request_url, trace_id
    FROM requests
) AS timed
WHERE seconds IS NOT NULL
ORDER BY seconds DESC NULLS LAST, time, trace_id
LIMIT :top
