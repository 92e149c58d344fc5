-- name: hosts
-- title: Hosts, most requests first
-- question: Which hosts are asked for, and how do they do?
-- param: lines count = 20 — rows shown; bound with room for the total
-- key: host
-- column: host text HOST
-- column: requests count REQUESTS
-- column: share share SHARE [optional 4]
-- column: errors count 5xx > 5xx
-- column: error_rate share 5xx > RATE [optional 2]
-- column: client_errors count 4xx > 4xx [optional 5]
-- column: client_error_rate share 4xx > RATE [optional 6]
-- column: target_p50 seconds TARGET TIME, ms > p50 [optional 7]
-- column: target_p99 seconds TARGET TIME, ms > p99
-- column: received_bytes bytes BYTES > IN [optional 8]
-- column: sent_bytes bytes BYTES > OUT [optional 1]
-- column: other_sni count OTHER SNI [optional 3]
-- column: last_seen time LAST SEEN [optional 9]
-- note: OTHER-SNI requests over a TLS connection that was opened for another name: a shared HTTP/2 connection, or a Host header that is made up
-- next: albstats report errors --by host {flags} — which of them fail, and since when
-- next: albstats report paths --host {host} {flags} — the first one by route
-- fold: prepared: host
--
-- The host is that of the URL, which is the client's Host header. domain_name is what it asked for in the TLS handshake.
WITH prepared AS (
    SELECT coalesce(lower(url_extract_host(request_url)), '(no host)') AS host,
           split_part(lower(trim(domain_name)), ':', 1) AS sni, elb_status_code, received_bytes, sent_bytes, time,
           CASE WHEN type NOT IN ('ws', 'wss') THEN target_processing_time END AS target_time
    FROM requests
),
grouped AS (
    SELECT CASE grouping(host) WHEN 0 THEN 'row' ELSE 'total' END AS part, host, count(*) AS requests,
           count_if(elb_status_code BETWEEN 500 AND 599) AS errors,
           count_if(elb_status_code BETWEEN 400 AND 499) AS client_errors,
           approx_percentile(target_time, ARRAY[0.5, 0.99]) AS target,
           sum(received_bytes) AS received_bytes, sum(sent_bytes) AS sent_bytes,
           count_if(sni <> host AND sni NOT LIKE '*%') AS other_sni, max(time) AS last_seen
    FROM prepared
    GROUP BY GROUPING SETS ((host), ())
),
first_ones AS (
    SELECT * FROM grouped
    ORDER BY requests DESC, host LIMIT :lines
)
SELECT part, host, requests, CAST(requests AS double) / max(requests) OVER () AS share,
       errors, CAST(errors AS double) / requests AS error_rate,
       client_errors, CAST(client_errors AS double) / requests AS client_error_rate,
       target[1] AS target_p50, target[2] AS target_p99, received_bytes, sent_bytes, other_sni, last_seen
FROM first_ones
ORDER BY requests DESC, host
