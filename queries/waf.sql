-- name: waf
-- title: What AWS WAF blocked, or could not judge
-- question: What did WAF block, whom did it hit, and does it block what it should not?
-- param: by choice(path|host|client|user_agent|elb|method) = path — what a row is; path is its first two segments, ids as :id
-- param: top count = 20 — rows shown
-- param: bucket duration = auto 24 — length of a bar
-- key: name
-- column: name text PATH
-- column: requests count REQUESTS
-- column: blocked count BLOCKED
-- column: blocked_rate share RATE
-- column: captcha count OF THESE > CAPTCHA [optional 4]
-- column: challenge count OF THESE > CHALLENGE [optional 5]
-- column: waf_failed count WAF FAILED [optional 3]
-- column: succeeded count OTHERS SUCCEEDED [optional 2]
-- column: success_rate share THEIR RATE [optional 6]
-- column: first_blocked time FIRST BLOCKED [optional 8]
-- column: last_blocked time LAST BLOCKED [optional 7]
-- bars: blocked BLOCKED / {bucket}
-- note: blocked WAF was the last action: no target was asked; 405 is likely a CAPTCHA and 202 a challenge, unless the web ACL answers so itself
-- fold: named: name if is_blocked OR is_failed
--
-- `others` are the requests that were not blocked; they succeed with a status below 400.
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
judged AS (
    SELECT elb_status_code, target_status_code, time, request_url, request_verb, user_agent, elb, error_reason,
           split_part(substr(request_url, 1, 2500), '?', 1) AS url,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket,
           coalesce(actions_executed LIKE '%waf%', false) AS is_seen,
           coalesce(actions_executed LIKE '%waf', false) AS is_blocked,
           coalesce(actions_executed LIKE '%waf-failed%', false) OR coalesce(error_reason LIKE 'WAF%', false) AS is_failed,
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
named AS (
    SELECT elb_status_code, target_status_code, time, bucket, is_seen, is_blocked, is_failed,
           coalesce(CASE WHEN :by = 'path' AND request_verb IS NOT NULL
                         THEN '/' || coalesce(split_part(url, '/', 4), '')
                              || CASE WHEN coalesce(split_part(url, '/', 5), '') = '' THEN ''
                                      ELSE '/' || regexp_replace(split_part(url, '/', 5), '^.*[0-9][0-9].*$', ':id') END
                         WHEN :by = 'host' THEN lower(url_extract_host(request_url))
                         WHEN :by = 'client' THEN network
                         WHEN :by = 'user_agent' THEN user_agent
                         WHEN :by = 'elb' THEN elb
                         WHEN :by = 'method' THEN request_verb END, '(none)') AS name,
           CASE WHEN is_blocked THEN 'blocked ' || CAST(elb_status_code AS varchar)
                WHEN is_failed THEN coalesce(error_reason, 'waf-failed') END AS outcome
    FROM judged
),
prepared AS (
    SELECT *, CASE WHEN is_blocked OR is_failed THEN name END AS stopped
    FROM named
),
grouped AS (
    SELECT CASE grouping(name, stopped, outcome, bucket) WHEN 7 THEN 'row' WHEN 10 THEN 'point' WHEN 13 THEN 'outcome'
                WHEN 14 THEN 'time' ELSE 'total' END AS part,
           coalesce(name, stopped) AS name, outcome, bucket, count(*) AS requests, count_if(is_seen) AS seen, count_if(is_blocked) AS blocked,
           count_if(is_blocked AND elb_status_code = 405) AS captcha,
           count_if(is_blocked AND elb_status_code = 202) AS challenge,
           count_if(is_failed) AS waf_failed, count_if(is_failed AND elb_status_code = target_status_code) AS failed_open,
           count_if(NOT is_blocked AND elb_status_code BETWEEN 100 AND 399) AS succeeded,
           min(CASE WHEN is_blocked THEN time END) AS first_blocked,
           max(CASE WHEN is_blocked THEN time END) AS last_blocked
    FROM prepared
    GROUP BY GROUPING SETS ((name), (stopped, bucket), (outcome), (bucket), ())
),
ranked AS (
    SELECT *, max(CASE WHEN part = 'row' THEN blocked + waf_failed END) OVER (PARTITION BY name) AS of_name
    FROM grouped
),
placed AS (
    SELECT *, requests - blocked AS others, dense_rank() OVER (PARTITION BY part ORDER BY of_name DESC, name) AS place,
           sum(CASE WHEN part = 'row' THEN 1 ELSE 0 END) OVER (PARTITION BY part) AS of_rows
    FROM ranked
    WHERE part IN ('total', 'time') OR (part = 'outcome' AND outcome IS NOT NULL) OR (part IN ('row', 'point') AND name IS NOT NULL AND blocked + waf_failed > 0)
)
SELECT part, name, outcome, bucket, requests, seen, blocked, CAST(blocked AS double) / requests AS blocked_rate,
       captcha, challenge, waf_failed, failed_open, succeeded, others,
       CAST(succeeded AS double) / nullif(others, 0) AS success_rate, first_blocked, last_blocked, of_rows
FROM placed
WHERE part NOT IN ('row', 'point') OR place <= :top OR :top = 0
ORDER BY blocked DESC, waf_failed DESC, name, bucket
