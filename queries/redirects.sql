-- name: redirects
-- title: Redirects by the load balancer, from where to where
-- question: What does the load balancer redirect, and does any of it go round in circles?
-- param: top count = 20 — rows shown
-- param: bucket duration = auto 12 — length of a bar
-- key: source destination status
-- column: source text FROM
-- column: destination text TO
-- column: kind text KIND
-- column: status code STATUS [optional 4]
-- column: requests count REDIRECTS
-- column: share share OF ALL REQUESTS [optional 3]
-- column: loops count TO ITSELF
-- column: first_seen time FIRST SEEN [optional 5]
-- column: last_seen time LAST SEEN [optional 2]
-- bars: requests REDIRECTS / {bucket}
-- left-out: others that the load balancer did not redirect
-- empty: the load balancer redirected nothing
-- note: TO_ITSELF the same URL again: who follows it goes round in circles
-- next: albstats report clients --status 300-399 {flags} — who is redirected
-- fold: prepared: source -destination, host if kind = 'http to https'
--
-- Redirects that targets answer with are not in these logs, but for their status. 80 and 443 are the ports of URLs
-- that say none. `host` are all requests to a host that redirects: whether anybody arrives.
WITH told AS (
    SELECT time, elb_status_code, actions_executed, redirect_url, request_url,
           redirect_url IS NOT NULL OR coalesce(strpos(actions_executed, 'redirect') > 0, false) AS is_redirect
    FROM requests
),
typed AS (
    SELECT *, lower(url_extract_host(request_url)) AS host, split_part(request_url, ':', 1) AS scheme,
           CASE WHEN is_redirect THEN request_url END AS asked,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket
    FROM told
),
parted AS (
    SELECT time, bucket, elb_status_code, actions_executed, is_redirect, host, scheme,
           lower(url_extract_host(redirect_url)) AS to_host,
           regexp_replace(regexp_replace(lower(split_part(asked, '/', 1) || '//' || split_part(asked, '/', 3)),
                                         '^(http://.*):80$', '$1'), '^(https://.*):443$', '$1') AS from_server,
           regexp_replace(regexp_replace(lower(split_part(redirect_url, '/', 1) || '//' || split_part(redirect_url, '/', 3)),
                                         '^(http://.*):80$', '$1'), '^(https://.*):443$', '$1') AS to_server,
           regexp_replace(asked, '^[a-z]*://[^/]*/?') AS from_rest,
           regexp_replace(redirect_url, '^[a-z]*://[^/]*/?') AS to_rest
    FROM typed
),
prepared AS (
    SELECT host, scheme, bucket, CASE WHEN is_redirect THEN elb_status_code END AS status,
           CASE WHEN is_redirect THEN coalesce(from_server, '(none)') END AS source,
           CASE WHEN is_redirect THEN coalesce(to_server, '(none)') END AS destination,
           CASE WHEN NOT is_redirect THEN NULL
                WHEN actions_executed LIKE '%authenticate' THEN 'login'
                WHEN host <> to_host THEN 'other host'
                WHEN from_server LIKE 'http:%' AND to_server LIKE 'https:%' THEN 'http to https'
                WHEN from_server <> to_server THEN 'other port or scheme' ELSE 'other path' END AS kind,
           CASE WHEN is_redirect THEN time END AS seen,
           coalesce(is_redirect AND from_server = to_server AND from_rest = to_rest, false) AS is_loop
    FROM parted
),
grouped AS (
    SELECT CASE grouping(source, destination, kind, status, host, bucket)
                WHEN 3 THEN 'row' WHEN 2 THEN 'point' WHEN 61 THEN 'host' ELSE 'total' END AS part,
           source, destination, kind, status, host, bucket, count(source) AS requests, count_if(is_loop) AS loops,
           min(seen) AS first_seen, max(seen) AS last_seen,
           count_if(kind = 'http to https') AS over_http, count_if(kind = 'login') AS logins,
           count_if(scheme IN ('https', 'wss') AND source IS NULL) AS over_https, count(*) - count(source) AS others
    FROM prepared
    GROUP BY GROUPING SETS ((source, destination, kind, status), (source, destination, kind, status, bucket), (host), ())
),
ranked AS (
    SELECT *, max(CASE WHEN part = 'total' THEN requests + others END) OVER () AS of_all,
           max(CASE WHEN part = 'row' THEN requests END) OVER (PARTITION BY source, destination, kind, status) AS of_key
    FROM grouped
    WHERE part = 'total' OR (part = 'host' AND over_http > 0) OR requests > 0 AND part IN ('row', 'point')
),
placed AS (
    SELECT *, dense_rank() OVER (PARTITION BY part ORDER BY of_key DESC, source, destination, kind, status) AS place,
           sum(CASE WHEN part = 'row' THEN 1 ELSE 0 END) OVER (PARTITION BY part) AS of_rows
    FROM ranked
)
SELECT part, source, destination, kind, status, host, bucket, requests, CAST(requests AS double) / nullif(of_all, 0) AS share,
       loops, first_seen, last_seen, over_http, logins, over_https, others, of_rows
FROM placed
WHERE part IN ('host', 'total') OR place <= :top OR :top = 0
ORDER BY requests DESC, source, destination, status, host, bucket
