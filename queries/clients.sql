-- name: clients
-- title: Clients, most requests first
-- question: Who asks most, and are they who they seem to be?
-- param: order choice(requests|sent_bytes|received_bytes|errors|client_errors|total_time|peak) = requests — what stands first
-- param: lines count = 20 — rows shown; bound with room for the total
-- param: bucket duration = auto 180 — length of a bar
-- key: client
-- column: client text CLIENT
-- column: requests count REQUESTS
-- column: share share SHARE [optional 2]
-- column: peak number PEAK / MIN
-- column: client_errors count 4xx > 4xx
-- column: client_error_rate share 4xx > RATE [optional 5]
-- column: errors count 5xx > 5xx
-- column: error_rate share 5xx > RATE [optional 6]
-- column: total_time duration TOTAL TIME [optional 3]
-- column: received_bytes bytes BYTES > IN [optional 7]
-- column: sent_bytes bytes BYTES > OUT [optional 1]
-- column: platforms number PLATFORMS [optional 4]
-- column: last_seen time LAST SEEN [optional 8]
-- chart: answered count Requests per {bucket} > other answers
-- chart: client_errors count Requests per {bucket} > 4xx
-- chart: errors count Requests per {bucket} > 5xx
-- note: CLIENT an IPv4 address, or the /64 network of an IPv6 address: who has one has all of it
-- note: PLATFORMS how many of Windows, Macintosh, iPhone or iPad, Android and X11 its user agents name: several are several people
-- next: albstats report paths --client {client} {flags} — what the first one asks for
-- next: albstats report user-agents --client {client} {flags} — and with what
-- fold: networks: client
--
-- Every spelling of an IPv6 address gives the same network: `::` stands for as many zeros as are missing of eight groups,
-- leading zeros do not count, and of an address that holds an IPv4 one (::ffff:192.0.2.1) that one is taken.
-- Total time is that from the first byte received to the last one sent; of a WebSocket, its whole life.
WITH addresses AS (
    SELECT *, lower(client_ip) AS address FROM requests
),
address_halves AS (
    SELECT *, split_part(address, '::', 1) AS before, coalesce(split_part(address, '::', 2), '') AS after
    FROM addresses
),
address_groups AS (
    SELECT *,
           CASE WHEN before = '' THEN 0 ELSE length(before) - length(replace(before, ':', '')) + 1 END AS written_before,
           CASE WHEN after = '' THEN 0 ELSE length(after) - length(replace(after, ':', '')) + 1 END AS written_after
    FROM address_halves
),
networks AS (
    SELECT CASE WHEN address IS NULL THEN '(no address)'
                WHEN strpos(address, ':') = 0 THEN address
                WHEN strpos(address, '.') > 0 THEN regexp_replace(address, '^.*:')
                ELSE regexp_replace(regexp_replace(
                         CASE WHEN written_before > 0 THEN split_part(before, ':', 1)
                              WHEN written_after > 7 THEN split_part(after, ':', written_after - 7) ELSE '0' END || ':' ||
                         CASE WHEN written_before > 1 THEN split_part(before, ':', 2)
                              WHEN written_after > 6 THEN split_part(after, ':', written_after - 6) ELSE '0' END || ':' ||
                         CASE WHEN written_before > 2 THEN split_part(before, ':', 3)
                              WHEN written_after > 5 THEN split_part(after, ':', written_after - 5) ELSE '0' END || ':' ||
                         CASE WHEN written_before > 3 THEN split_part(before, ':', 4)
                              WHEN written_after > 4 THEN split_part(after, ':', written_after - 4) ELSE '0' END,
                         '\b0+([0-9a-f])', '$1'), '(?:^|:)0(?::0)*$') || '::/64' END AS client,
           CAST(floor(to_unixtime(time) / 60) AS bigint) AS minute,
           elb_status_code, received_bytes, sent_bytes, user_agent, time,
           CAST(round((request_processing_time + target_processing_time + response_processing_time) * 1e6) AS bigint)
               AS total_micros
    FROM address_groups
),
minutes AS (
    SELECT client, minute, count(*) AS requests,
           count_if(elb_status_code BETWEEN 500 AND 599) AS errors,
           count_if(elb_status_code BETWEEN 400 AND 499) AS client_errors,
           sum(total_micros) AS total_micros, sum(received_bytes) AS received_bytes, sum(sent_bytes) AS sent_bytes,
           max(CASE WHEN strpos(user_agent, 'Windows') > 0 THEN 1 ELSE 0 END) AS windows,
           max(CASE WHEN strpos(user_agent, 'Macintosh') > 0 THEN 1 ELSE 0 END) AS macintosh,
           max(CASE WHEN strpos(user_agent, 'iPhone') > 0 OR strpos(user_agent, 'iPad') > 0 THEN 1 ELSE 0 END) AS iphone,
           max(CASE WHEN strpos(user_agent, 'Android') > 0 THEN 1 ELSE 0 END) AS android,
           max(CASE WHEN strpos(user_agent, 'X11') > 0 THEN 1 ELSE 0 END) AS x11,
           count_if(user_agent = 'Amazon CloudFront') AS by_cloudfront,
           max(time) AS last_seen
    FROM networks
    GROUP BY client, minute
),
barred AS (
    SELECT *, CAST(floor(CAST(minute AS double) * 60 / :bucket) * :bucket AS bigint) AS bucket FROM minutes
),
grouped AS (
    SELECT CASE grouping(client, bucket) WHEN 1 THEN 'row' WHEN 2 THEN 'time' ELSE 'total' END AS part, client, bucket,
           sum(requests) AS requests,
           CASE WHEN grouping(client) = 0 THEN max(requests) END AS peak, sum(errors) AS errors, sum(client_errors) AS client_errors,
           sum(total_micros) AS total_micros, sum(received_bytes) AS received_bytes, sum(sent_bytes) AS sent_bytes,
           CASE WHEN grouping(client) = 0
                THEN max(windows) + max(macintosh) + max(iphone) + max(android) + max(x11) END AS platforms,
           sum(CASE WHEN regexp_like(client, '^(?:10\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|f[cd][0-9a-f]{2}:)')
                    THEN requests ELSE 0 END) AS private_requests,
           sum(by_cloudfront) AS cloudfront_requests, max(last_seen) AS last_seen
    FROM barred
    GROUP BY GROUPING SETS ((client), (bucket), ())
),
first_ones AS (
    SELECT *, CASE WHEN part = 'row' THEN 1 ELSE 0 END AS tier,
           CASE WHEN :order = 'requests' THEN CAST(requests AS double)
                WHEN :order = 'sent_bytes' THEN CAST(sent_bytes AS double)
                WHEN :order = 'received_bytes' THEN CAST(received_bytes AS double)
                WHEN :order = 'errors' THEN CAST(errors AS double)
                WHEN :order = 'client_errors' THEN CAST(client_errors AS double)
                WHEN :order = 'total_time' THEN CAST(total_micros AS double)
                WHEN :order = 'peak' THEN CAST(peak AS double) END AS measure
    FROM grouped
    ORDER BY tier, measure DESC NULLS LAST, requests DESC, client LIMIT :lines
)
SELECT part, client, bucket, requests, requests - errors - client_errors AS answered, CAST(requests AS double) / max(requests) OVER () AS share, peak,
       client_errors, CAST(client_errors AS double) / requests AS client_error_rate,
       errors, CAST(errors AS double) / requests AS error_rate, total_micros / 1e6 AS total_time, received_bytes, sent_bytes,
       platforms, last_seen, private_requests, cloudfront_requests
FROM first_ones
ORDER BY tier, measure DESC NULLS LAST, requests DESC, client
