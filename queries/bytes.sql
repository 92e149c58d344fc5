-- name: bytes
-- title: Bytes, most sent first
-- question: Who moves the most data, and what are the largest answers and uploads?
-- param: by choice(target_group|elb|host|path|method|status|type|target) = target_group — what a row is
-- param: ids text = \b(?:(?:[0-9A-Za-z_]+-)*[0-9A-Fa-f]{8,}(?:-[0-9A-Za-z_]+)*|(?:[A-Za-z_-]*[0-9]){5}[0-9A-Za-z_-]*)\b — with --by path: what becomes :id
-- param: bucket duration = auto 48 — length of a bar
-- param: lines count = 20 — rows shown; bound with room for the total and the chart
-- key: name
-- column: name text TARGET GROUP 
-- column: requests count REQUESTS [optional 6]
-- column: sent_bytes bytes SENT > BYTES
-- column: sent_share share SENT > SHARE [optional 4]
-- column: sent_p50 bytes SENT > p50 [optional 7]
-- column: sent_p99 bytes SENT > p99 [optional 5]
-- column: sent_max bytes SENT > MAX
-- column: received_bytes bytes RECEIVED > BYTES
-- column: received_max bytes RECEIVED > MAX
-- column: largest_answer text LARGEST ANSWER [optional 2]
-- column: largest_upload text LARGEST UPLOAD [optional 3]
-- chart: sent_bytes bytes Bytes per {bucket} > sent
-- chart: received_bytes bytes Bytes per {bucket} > received
-- note: p50 and p99 are of sizes rounded to 100 B: there are too many different ones to count each
-- next: albstats report bytes --by path {flags} — the same by route
-- fold: prepared: name
--
-- Of several largest ones the latest is shown: a time of these years is less than a byte if it is divided by 1e10.
-- Sizes are those of requests and answers with their headers; of a WebSocket, those of its whole life.
WITH prepared AS (
    SELECT coalesce(CASE WHEN :by = 'target_group' THEN coalesce(target_group_arn, '(no target group)')
                WHEN :by = 'elb' THEN elb
                WHEN :by = 'host' THEN lower(url_extract_host(request_url))
                WHEN :by = 'path' THEN regexp_replace(regexp_replace(substr(url_extract_path(request_url), 1, 2000),
                                           :ids, ':id'), '/-?[0-9]+(?:[.,]-?[0-9]+)*\b', '/:id')
                WHEN :by = 'method' THEN request_verb
                WHEN :by = 'status' THEN CAST(elb_status_code AS varchar)
                WHEN :by = 'type' THEN type
                WHEN :by = 'target' THEN target_ip || ':' || CAST(target_port AS varchar) END, '(none)') AS name,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket,
           sent_bytes, received_bytes, url_extract_path(request_url) AS path, to_unixtime(time) / 1e10 AS latest
    FROM requests
),
grouped AS (
    SELECT CASE grouping(name, bucket) WHEN 1 THEN 'row' WHEN 2 THEN 'time' ELSE 'total' END AS part,
           name, bucket, count(*) AS requests, sum(sent_bytes) AS sent_bytes, max(sent_bytes) AS sent_max,
           approx_percentile(round(sent_bytes, -2), ARRAY[0.5, 0.99]) AS sent, sum(received_bytes) AS received_bytes,
           max(received_bytes) AS received_max,
           max_by(path, sent_bytes + latest) AS largest_answer, max_by(path, received_bytes + latest) AS largest_upload
    FROM prepared
    GROUP BY GROUPING SETS ((name), (bucket), ())
),
first_ones AS (
    SELECT *, CASE WHEN part = 'row' THEN 1 ELSE 0 END AS tier
    FROM grouped
    ORDER BY tier, sent_bytes DESC NULLS LAST, name, bucket LIMIT :lines
)
SELECT part, name, bucket, requests, sent_bytes, CAST(sent_bytes AS double) / nullif(max(sent_bytes) OVER (), 0) AS sent_share,
       sent[1] AS sent_p50, sent[2] AS sent_p99, sent_max, received_bytes,
       received_max, largest_answer, largest_upload
FROM first_ones
ORDER BY tier, sent_bytes DESC NULLS LAST, name, bucket
