-- name: websockets
-- title: WebSocket and gRPC sessions
-- question: How long do WebSocket and gRPC sessions last, and how many fail?
-- param: by choice(target_group|host|elb|target|path|client) = target_group — what a row is, beside the protocol
-- param: long duration = 1h — sessions that last longer are counted
-- param: top count = 20 — rows shown
-- param: bucket duration = auto 24 — length of a bar
-- key: kind, name
-- column: kind text PROTOCOL
-- column: name text TARGET GROUP
-- column: sessions count SESSIONS
-- column: failed count FAILED
-- column: failure_rate share RATE [optional 5]
-- column: length_p50 duration LENGTH > p50
-- column: length_p90 duration LENGTH > p90 [optional 3]
-- column: length_p99 duration LENGTH > p99
-- column: length_max duration LENGTH > MAX [optional 2]
-- column: long_ones count LONG [optional 1]
-- column: received bytes BYTES > RECEIVED [optional 6]
-- column: sent bytes BYTES > SENT [optional 4]
-- bars: sessions ENDED / {bucket}
-- left-out: others that are neither
-- note: long longer than 1 h, or than --set long=…
-- note: sessions a line is written when a session ends, at whatever time it began: those that are open are in no log
-- note: failed the load balancer did not answer 101 (WebSocket) or 200 (gRPC, whose own status the logs do not have)
-- next: albstats report websockets --by client {flags} — whose they are
-- fold: prepared: name
WITH typed AS (
    SELECT *, CASE WHEN type IN ('ws', 'wss') THEN 'WebSocket' WHEN type = 'grpcs' THEN 'gRPC' END AS kind,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket
    FROM requests
),
prepared AS (
    SELECT kind, bucket,
           CASE WHEN kind IS NOT NULL THEN coalesce(
               CASE WHEN :by = 'target_group' THEN coalesce(target_group_arn, '(no target group)')
                    WHEN :by = 'host' THEN lower(url_extract_host(request_url))
                    WHEN :by = 'elb' THEN elb
                    WHEN :by = 'target' THEN target_ip || ':' || CAST(target_port AS varchar)
                    WHEN :by = 'path' AND request_verb IS NOT NULL
                    THEN '/' || coalesce(split_part(split_part(request_url, '?', 1), '/', 4), '')
                    WHEN :by = 'client' THEN client_ip END, '(none)') END AS name,
           CASE WHEN kind = 'WebSocket' THEN coalesce(elb_status_code <> 101, true)
                WHEN kind = 'gRPC' THEN coalesce(elb_status_code <> 200, true) END AS is_failed,
           CASE WHEN kind = 'WebSocket' AND elb_status_code = 101 OR kind = 'gRPC' AND elb_status_code = 200
                THEN round(to_unixtime(time) - to_unixtime(request_creation_time), 3) END AS length,
           CASE WHEN kind IS NOT NULL THEN received_bytes END AS received,
           CASE WHEN kind IS NOT NULL THEN sent_bytes END AS sent
    FROM typed
),
grouped AS (
    SELECT CASE grouping(kind, name, bucket) WHEN 1 THEN 'row' WHEN 0 THEN 'point' ELSE 'total' END AS part,
           kind, name, bucket, count(kind) AS sessions, count_if(is_failed) AS failed,
           approx_percentile(length, ARRAY[0.5, 0.9, 0.99]) AS lengths, max(length) AS length_max,
           count_if(length > :long) AS long_ones, sum(received) AS received, sum(sent) AS sent,
           count(*) - count(kind) AS others
    FROM prepared
    GROUP BY GROUPING SETS ((kind, name), (kind, name, bucket), ())
),
ranked AS (
    SELECT *, max(CASE WHEN part = 'row' THEN sessions END) OVER (PARTITION BY kind, name) AS of_key
    FROM grouped
),
placed AS (
    SELECT *, dense_rank() OVER (PARTITION BY part ORDER BY kind, of_key DESC, name) AS place,
           sum(CASE WHEN part = 'row' THEN 1 ELSE 0 END) OVER (PARTITION BY part) AS of_rows
    FROM ranked
    WHERE part = 'total' OR kind IS NOT NULL
)
SELECT part, kind, name, bucket, sessions, failed, CAST(failed AS double) / nullif(sessions, 0) AS failure_rate,
       CASE WHEN part <> 'total' THEN lengths[1] END AS length_p50, CASE WHEN part <> 'total' THEN lengths[2] END AS length_p90,
       CASE WHEN part <> 'total' THEN lengths[3] END AS length_p99, CASE WHEN part <> 'total' THEN length_max END AS length_max, long_ones,
       received, sent, others, of_rows
FROM placed
WHERE part = 'total' OR place <= :top OR :top = 0
ORDER BY kind, sessions DESC, name, bucket
