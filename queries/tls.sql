-- name: tls
-- title: TLS versions and who uses them, oldest first
-- question: Which TLS versions and ciphers are in use, and who breaks if old ones go?
-- param: by choice(host|user_agent|client|elb|cipher) = host — what a row is, beside the version; client is a network
-- param: top count = 20 — rows shown
-- param: bucket duration = auto 24 — length of a bar
-- key: protocol, name
-- column: protocol text VERSION
-- column: name text HOST
-- column: requests count REQUESTS
-- column: share share OF ALL
-- column: first_seen time FIRST SEEN [optional 2]
-- column: last_seen time LAST SEEN [optional 1]
-- note: versions a client uses the newest version that it and the listener's security policy have: what it could use is not in the logs
-- fold: prepared: name, who
--
-- `who` is who uses a version that might go: user agents, or hosts where rows are user agents.
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
named AS (
    SELECT ssl_protocol AS protocol, ssl_cipher, user_agent, elb, time,
           lower(url_extract_host(request_url)) AS host,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket,
           CASE WHEN strpos(address, '.') > 0 THEN regexp_replace(regexp_replace(address, '^.*:'), '[0-9]+$', '0') || '/24'
                WHEN strpos(address, ':') = 0 THEN address
                ELSE regexp_replace(regexp_replace(
                         CASE WHEN written_before > 0 THEN split_part(before, ':', 1)
                              WHEN written_after > 7 THEN split_part(after, ':', written_after - 7) ELSE '0' END || ':' ||
                         CASE WHEN written_before > 1 THEN split_part(before, ':', 2)
                              WHEN written_after > 6 THEN split_part(after, ':', written_after - 6) ELSE '0' END || ':' ||
                         CASE WHEN written_before > 2 THEN split_part(before, ':', 3)
                              WHEN written_after > 5 THEN split_part(after, ':', written_after - 5) ELSE '0' END || ':' ||
                         CASE WHEN written_before > 3 THEN split_part(before, ':', 4)
                              WHEN written_after > 4 THEN split_part(after, ':', written_after - 4) ELSE '0' END,
                         '\b0+([0-9a-f])', '$1'), '(?:^|:)0(?::0)*$') || '::/64' END AS network
    FROM address_groups
),
prepared AS (
    SELECT protocol, time, bucket,
           coalesce(CASE WHEN :by = 'host' THEN host WHEN :by = 'user_agent' THEN user_agent
                         WHEN :by = 'client' THEN network WHEN :by = 'elb' THEN elb
                         WHEN :by = 'cipher' THEN ssl_cipher END, '(none)') AS name,
           CASE WHEN protocol < 'TLSv1.3'
                THEN coalesce(CASE WHEN :by = 'user_agent' THEN host ELSE user_agent END, '(none)') END AS who
    FROM named
),
grouped AS (
    SELECT CASE grouping(protocol, name, who, bucket) WHEN 3 THEN 'row' WHEN 5 THEN 'who' WHEN 6 THEN 'version'
                ELSE 'total' END AS part,
           protocol, name, who, bucket, count(*) AS requests, min(time) AS first_seen, max(time) AS last_seen
    FROM prepared
    GROUP BY GROUPING SETS ((protocol, name), (protocol, who), (protocol, bucket), ())
),
ranked AS (
    SELECT part, protocol, name, who, bucket, requests, first_seen, last_seen,
           CAST(requests AS double) / max(CASE WHEN part = 'total' THEN requests END) OVER () AS share,
           row_number() OVER (PARTITION BY part ORDER BY protocol NULLS LAST, requests DESC, name) AS place,
           row_number() OVER (PARTITION BY part, protocol ORDER BY requests DESC, who) AS place_of_version,
           count(*) OVER (PARTITION BY part) AS of_rows
    FROM grouped
)
SELECT part, coalesce(protocol, '(no TLS)') AS protocol, name, who, bucket, requests, share, first_seen, last_seen, of_rows
FROM ranked
WHERE part IN ('version', 'total') OR (part = 'row' AND (place <= :top OR :top = 0))
   OR (part = 'who' AND who IS NOT NULL AND place_of_version <= 4)
ORDER BY part, place, place_of_version
