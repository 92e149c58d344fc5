-- name: redirects
-- title: Redirects, from where to where
-- question: What does the load balancer redirect, and does any of it go round in circles?
-- param: top count = 20 — rows shown
-- column: source text FROM
-- column: destination text TO
-- column: kind text KIND
-- column: status code STATUS
-- column: requests count REQUESTS
-- column: share share OF ALL REQUESTS
-- column: loops count TO ITSELF
-- column: first_seen time FIRST SEEN [optional 3]
-- column: last_seen time LAST SEEN [optional 2]
-- left-out: others requests that were not redirected by the load balancer
-- note: itself the URL redirected to is the one that was asked for: the client goes round in circles
SELECT part, source, destination, kind, status, requests, CAST(requests AS double) / nullif(of_all, 0) AS share, loops,
       first_seen, last_seen, others, of_rows
FROM (
    SELECT *, row_number() OVER (PARTITION BY part ORDER BY requests DESC, source, destination, status) AS place,
           sum(CASE WHEN part = 'row' AND source IS NOT NULL THEN 1 ELSE 0 END) OVER () AS of_rows,
           max(all_requests) OVER () AS of_all
    FROM (
        SELECT CASE grouping(source, destination, kind, status) WHEN 0 THEN 'row' ELSE 'total' END AS part,
               source, destination, kind, status, count(source) AS requests, count_if(is_loop) AS loops,
               min(CASE WHEN source IS NOT NULL THEN time END) AS first_seen,
               max(CASE WHEN source IS NOT NULL THEN time END) AS last_seen,
               count(*) - count(source) AS others, count(*) AS all_requests
        FROM (
            SELECT time, CASE WHEN is_redirect THEN elb_status_code END AS status,
                   CASE WHEN is_redirect THEN coalesce(from_scheme || '://' || lower(from_host), '(none)') END AS source,
                   CASE WHEN is_redirect THEN coalesce(to_scheme || '://' || lower(to_host), '(none)') END AS destination,
                   CASE WHEN NOT is_redirect THEN NULL WHEN lower(from_host) <> lower(to_host) THEN 'other host'
                        WHEN from_scheme = 'http' AND to_scheme = 'https' THEN 'http to https'
                        WHEN from_scheme <> to_scheme THEN 'other scheme' ELSE 'other path' END AS kind,
                   is_redirect AND redirect_url = request_url AS is_loop
            FROM (
                SELECT time, elb_status_code, request_url, redirect_url,
                       url_extract_protocol(request_url) AS from_scheme, url_extract_host(request_url) AS from_host,
                       url_extract_protocol(redirect_url) AS to_scheme, url_extract_host(redirect_url) AS to_host,
                       coalesce(strpos(actions_executed, 'redirect') > 0, false) AS is_redirect
                FROM requests
            ) AS typed
        ) AS prepared
        GROUP BY GROUPING SETS ((source, destination, kind, status), ())
    ) AS grouped
) AS measured
WHERE part = 'total' OR (source IS NOT NULL AND (place <= :top OR :top = 0))
ORDER BY requests DESC, source, destination, status
