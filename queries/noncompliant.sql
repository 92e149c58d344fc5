-- name: noncompliant
-- title: Requests that are not quite HTTP
-- question: Which requests do not comply with HTTP, and what would a stricter desync mitigation mode block?
-- param: by choice(reason|host|client|user_agent|elb|path|target_group) = reason — what a row is, beside the class
-- param: top count = 20 — rows shown
-- param: bucket duration = auto 24 — length of a bar
-- key: classification, name
-- column: classification text CLASS
-- column: name text REASON
-- column: requests count REQUESTS
-- column: refused count REFUSED
-- column: answered count ANSWERED BY A TARGET [optional 3]
-- column: defensive count WOULD BE BLOCKED > DEFENSIVE
-- column: strictest count WOULD BE BLOCKED > STRICTEST
-- column: clients_seen text CLIENT [optional 4]
-- column: first_seen time FIRST SEEN [optional 2]
-- column: last_seen time LAST SEEN [optional 1]
-- bars: requests PER {bucket}
-- left-out: compliant that comply
-- note: modes monitor lets all of them pass; defensive, the default, blocks Severe and closes the connections of Ambiguous; strictest blocks them all
-- note: refused the load balancer answered 400 itself
-- next: albstats report noncompliant --by client {flags} — who sends them
-- fold: prepared: name
WITH prepared AS (
    SELECT classification, elb_status_code, target_status_code, time,
           CASE WHEN classification IS NOT NULL THEN client_ip END AS client,
           CASE WHEN classification IS NOT NULL THEN coalesce(
               CASE WHEN :by = 'reason' THEN classification_reason
                    WHEN :by = 'host' THEN lower(url_extract_host(request_url))
                    WHEN :by = 'client' THEN client_ip
                    WHEN :by = 'user_agent' THEN user_agent
                    WHEN :by = 'elb' THEN elb
                    WHEN :by = 'path' AND request_verb IS NOT NULL
                    THEN '/' || coalesce(split_part(split_part(request_url, '?', 1), '/', 4), '')
                    WHEN :by = 'target_group' THEN target_group_arn END, '(none)') END AS name,
           CASE WHEN classification IS NOT NULL
                THEN CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) END AS bucket
    FROM requests
),
grouped AS (
    SELECT CASE grouping(classification, name, bucket) WHEN 1 THEN 'row' WHEN 0 THEN 'point' ELSE 'total' END AS part,
           classification, name, bucket, count(classification) AS requests,
           count_if(classification IS NOT NULL AND elb_status_code = 400 AND target_status_code IS NULL) AS refused,
           count_if(classification IS NOT NULL AND target_status_code IS NOT NULL) AS answered,
           count_if(classification = 'Severe') AS defensive, count(classification) AS strictest,
           min(client) AS client_low, max(client) AS client_high,
           min(CASE WHEN classification IS NOT NULL THEN time END) AS first_seen,
           max(CASE WHEN classification IS NOT NULL THEN time END) AS last_seen,
           count(*) - count(classification) AS compliant
    FROM prepared
    GROUP BY GROUPING SETS ((classification, name), (classification, name, bucket), ())
),
ranked AS (
    SELECT *, max(CASE WHEN part = 'row' THEN requests END) OVER (PARTITION BY classification, name) AS of_key,
           CASE classification WHEN 'Severe' THEN 1 WHEN 'Ambiguous' THEN 2 WHEN 'Acceptable' THEN 3 ELSE 4 END AS severity
    FROM grouped
),
placed AS (
    SELECT *, dense_rank() OVER (PARTITION BY part ORDER BY severity, of_key DESC, classification, name) AS place,
           sum(CASE WHEN part = 'row' THEN 1 ELSE 0 END) OVER (PARTITION BY part) AS of_rows
    FROM ranked
    WHERE part = 'total' OR classification IS NOT NULL
)
SELECT part, classification, name, bucket, requests, refused, answered, defensive, strictest,
       CASE WHEN client_low = client_high THEN client_low WHEN part = 'row' THEN 'several' END AS clients_seen,
       first_seen, last_seen, compliant, of_rows
FROM placed
WHERE part = 'total' OR place <= :top OR :top = 0
ORDER BY severity, requests DESC, classification, name, bucket
