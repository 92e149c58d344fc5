-- name: handshakes
-- title: TLS handshakes per listener, most failures first
-- question: Which TLS handshakes fail or are slow, whose are they, and since when?
-- param: top count = 20 — rows shown of clients and of certificates
-- param: bucket duration = auto 24 — length of a bar
-- key: elb, listener_port, tls_protocol
-- column: elb text LOAD BALANCER
-- column: listener_port code PORT
-- column: tls_protocol text VERSION
-- column: connections count CONNECTIONS
-- column: failures count FAILED
-- column: failure_rate share RATE
-- column: handshake_p50 seconds HANDSHAKE, ms > p50
-- column: handshake_p95 seconds HANDSHAKE, ms > p95 [optional 3]
-- column: handshake_p99 seconds HANDSHAKE, ms > p99
-- column: handshake_max seconds HANDSHAKE, ms > MAX [optional 4]
-- column: first_failure time FIRST FAILURE [optional 6]
-- column: last_failure time LAST FAILURE [optional 5]
-- bars: failures FAILED / {bucket}
-- left-out: without_tls to listeners without TLS
-- fold: prepared: client, subject, elb -listener_port if is_failed OR is_silent
--
-- A line of which everything is missing is a connection without TLS, or a handshake that broke off before anything was
-- agreed: the latter if the listener has TLS otherwise, or if its port is 443.
WITH prepared AS (
    SELECT elb, listener_port, tls_protocol, tls_handshake_latency, time,
           coalesce(tls_verify_status LIKE 'Failed%', false) AS is_failed,
           tls_verify_status IS NULL AND tls_protocol IS NULL AS is_silent,
           CASE WHEN tls_verify_status LIKE 'Failed:%' THEN substr(tls_verify_status, 8)
                WHEN tls_verify_status LIKE 'Failed%' THEN tls_verify_status
                WHEN tls_verify_status IS NULL AND tls_protocol IS NULL THEN '(no code)' END AS code,
           CASE WHEN tls_verify_status LIKE 'Failed%' THEN leaf_client_cert_subject END AS subject,
           CASE WHEN tls_verify_status LIKE 'Failed%' OR (tls_verify_status IS NULL AND tls_protocol IS NULL)
                THEN client_ip END AS client,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket
    FROM connections
),
grouped AS (
    SELECT CASE grouping(tls_protocol, code, subject, client, bucket, elb) WHEN 30 THEN 'row' WHEN 28 THEN 'point'
                WHEN 46 THEN 'code' WHEN 38 THEN 'subject' WHEN 58 THEN 'client' ELSE 'total' END AS part,
           elb, listener_port, tls_protocol, code, subject, client, bucket,
           count(*) AS connections, count_if(is_failed) AS failed, count_if(is_silent) AS silent,
           count_if(NOT is_silent) AS with_tls,
           approx_percentile(tls_handshake_latency, ARRAY[0.5, 0.95, 0.99]) AS latency,
           max(tls_handshake_latency) AS handshake_max,
           min(CASE WHEN is_failed OR is_silent THEN time END) AS first_failure,
           max(CASE WHEN is_failed OR is_silent THEN time END) AS last_failure
    FROM prepared
    GROUP BY GROUPING SETS ((elb, listener_port, tls_protocol), (elb, listener_port, tls_protocol, bucket),
                            (elb, listener_port, code), (elb, listener_port, code, subject),
                            (elb, listener_port, client), ())
),
known AS (
    SELECT *, listener_port = 443 OR sum(with_tls) OVER (PARTITION BY elb, listener_port, part = 'total') > 0 AS has_tls
    FROM grouped
),
counted AS (
    SELECT part, elb, listener_port, tls_protocol, code, subject, client, bucket, latency, handshake_max,
           CASE WHEN part = 'total' THEN sum(CASE WHEN part = 'row' AND has_tls THEN connections ELSE 0 END) OVER ()
                ELSE connections END AS connections,
           CASE WHEN part = 'total' THEN sum(CASE WHEN part = 'row' AND has_tls THEN failed + silent ELSE 0 END) OVER ()
                ELSE failed + silent END AS failures,
           CASE WHEN part = 'total' THEN sum(CASE WHEN part = 'row' AND NOT has_tls THEN connections ELSE 0 END) OVER ()
           END AS without_tls,
           CASE WHEN part = 'total' THEN min(CASE WHEN part = 'row' AND has_tls THEN first_failure END) OVER ()
                ELSE first_failure END AS first_failure,
           CASE WHEN part = 'total' THEN max(CASE WHEN part = 'row' AND has_tls THEN last_failure END) OVER ()
                ELSE last_failure END AS last_failure,
           has_tls OR part = 'total' AS is_shown
    FROM known
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY part ORDER BY failures DESC, last_failure DESC, elb, listener_port, client, subject, code, tls_protocol, bucket) AS place,
           count(*) OVER (PARTITION BY part) AS of_rows
    FROM counted
    WHERE is_shown AND (part IN ('row', 'total') OR failures > 0)
      AND (part <> 'subject' OR subject IS NOT NULL) AND (part <> 'client' OR client IS NOT NULL)
)
SELECT part, elb, listener_port, tls_protocol, code, subject, client, bucket,
       connections, failures, CAST(failures AS double) / nullif(connections, 0) AS failure_rate,
       latency[1] AS handshake_p50, latency[2] AS handshake_p95, latency[3] AS handshake_p99, handshake_max,
       first_failure, last_failure, without_tls, of_rows
FROM ranked
WHERE part NOT IN ('client', 'subject') OR place <= :top OR :top = 0
ORDER BY part, place
