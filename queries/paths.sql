-- name: paths
-- title: Routes, most requests first
-- question: Which routes are there, how often are they asked for, how slow are they and how many fail?
-- param: by choice(path|host|target_group|elb|status) = path — what tells rows apart beside method and path
-- param: order choice(requests|target_time|p99|errors|error_rate|bytes) = requests — what stands first
-- param: least count = 100 — where order is p99 or error_rate: routes with fewer requests stand behind
-- param: ids regex = \b(?:(?:[0-9A-Za-z_]+-)*[0-9A-Fa-f]{8,}(?:-[0-9A-Za-z_]+)*|(?:[A-Za-z_-]*[0-9]){5}[0-9A-Za-z_-]*)\b — a regular expression: what it matches in a path becomes :id
-- param: learned regex = (a)\b(b) — a regular expression: of (before)/value(after) the value becomes :id; if not given, it is learned from the number of values; (a)\b(b) for none
-- param: lines count = 20 — rows shown; bound with room for the total
-- key: path method within
-- column: path text PATH
-- column: method text METHOD
-- column: within text WITHIN
-- column: requests count REQUESTS
-- column: share share SHARE [optional 7]
-- column: errors count 5xx > 5xx
-- column: error_rate share 5xx > RATE [optional 2]
-- column: client_errors count 4xx > 4xx [optional 5]
-- column: client_error_rate share 4xx > RATE [optional 8]
-- column: target_p50 seconds TARGET TIME, ms > p50 [optional 3]
-- column: target_p95 seconds TARGET TIME, ms > p95 [optional 6]
-- column: target_p99 seconds TARGET TIME, ms > p99
-- column: target_max seconds TARGET TIME, ms > MAX [optional 4]
-- column: target_share share TARGET TIME, ms > SHARE [optional 9]
-- column: sent_bytes bytes SENT [optional 1]
-- fold: templates: path -method -within
--
-- A path is that of the URL, without its query string. In it become :id: what `ids` matches (words with a part of 8 or more
-- hexadecimal digits, as UUIDs and hashes have, or with 5 or more digits), numbers that begin a segment, and then what
-- `learned` matches, three times, for values below values. Names, versions as v1, and endings as .html stay. Of a URL, 2,500
-- characters are looked at, and templates are cut after 200.
WITH prepared AS (
    SELECT CASE WHEN :by = 'host' THEN coalesce(lower(url_extract_host(request_url)), '(no host)')
                WHEN :by = 'target_group' THEN coalesce(target_group_arn, '(no target group)')
                WHEN :by = 'elb' THEN elb
                WHEN :by = 'status' THEN coalesce(CAST(elb_status_code AS varchar), '(none)') ELSE '' END AS within,
           coalesce(request_verb, '(none)') AS method, elb_status_code, sent_bytes,
           CASE WHEN type NOT IN ('ws', 'wss') THEN target_processing_time END AS target_time,
           coalesce(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
               url_extract_path(substr(request_url, 1, 2500)), :ids, ':id'), '/-?[0-9]+(?:[.,]-?[0-9]+)*\b', '/:id'),
               :learned, '$1/:id$2'), :learned, '$1/:id$2'), :learned, '$1/:id$2'), '(no path)') AS template,
           length(request_url) > 2500 AND strpos(substr(request_url, 1, 2500), '?') = 0 AS is_cut
    FROM requests
),
templates AS (
    SELECT within, method, elb_status_code, target_time, sent_bytes,
           CASE WHEN length(template) > 200 THEN substr(template, 1, 199) || '…'
                WHEN is_cut THEN template || '…' ELSE template END AS path
    FROM prepared
),
grouped AS (
    SELECT CASE grouping(path) WHEN 0 THEN 'row' ELSE 'total' END AS part, within, method, path, count(*) AS requests,
           count_if(elb_status_code BETWEEN 500 AND 599) AS errors,
           count_if(elb_status_code BETWEEN 400 AND 499) AS client_errors,
           approx_percentile(target_time, ARRAY[0.5, 0.95, 0.99]) AS target, max(target_time) AS target_max,
           sum(CAST(round(target_time * 1e6) AS bigint)) AS target_micros, sum(sent_bytes) AS sent_bytes
    FROM templates
    GROUP BY GROUPING SETS ((within, method, path), ())
),
first_ones AS (
    SELECT *, CASE WHEN part = 'total' THEN 0 WHEN :order IN ('p99', 'error_rate') AND requests < :least THEN 2 ELSE 1 END AS tier,
           CASE WHEN :order = 'requests' THEN CAST(requests AS double)
                WHEN :order = 'target_time' THEN CAST(target_micros AS double)
                WHEN :order = 'p99' THEN target[3]
                WHEN :order = 'errors' THEN CAST(errors AS double)
                WHEN :order = 'error_rate' THEN CAST(errors AS double) / requests
                WHEN :order = 'bytes' THEN CAST(sent_bytes AS double) END AS measure
    FROM grouped
    ORDER BY tier, measure DESC NULLS LAST, requests DESC, path, method, within LIMIT :lines
)
SELECT part, path, method, within, requests, CAST(requests AS double) / max(requests) OVER () AS share,
       errors, CAST(errors AS double) / requests AS error_rate,
       client_errors, CAST(client_errors AS double) / requests AS client_error_rate,
       target[1] AS target_p50, target[2] AS target_p95, target[3] AS target_p99, target_max,
       CAST(target_micros AS double) / nullif(max(target_micros) OVER (), 0) AS target_share, sent_bytes
FROM first_ones
ORDER BY tier, measure DESC NULLS LAST, requests DESC, path, method, within
