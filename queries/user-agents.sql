-- name: user-agents
-- title: User agents, most requests first
-- question: Which browsers, programs and bots ask, and how much?
-- param: by choice(family|agent|kind) = family — what a row is: a product, the user agent as it was sent, or browser, program, bot
-- param: bots text = bot\b|bot[/-]|crawl|spider|slurp|scan|inspect|zgrab|headless|monitor|uptime|pingdom|healthcheck|facebookexternalhit — a regular expression for bots, in lower case
-- param: bucket duration = auto 24 — length of a bar
-- param: lines count = 20 — rows shown; bound with room for the total and the chart
-- key: kind name
-- column: name text PRODUCT
-- column: kind text KIND
-- column: requests count REQUESTS
-- column: share share SHARE
-- column: client_errors count 4xx > 4xx [optional 4]
-- column: client_error_rate share 4xx > RATE [optional 3]
-- column: errors count 5xx > 5xx [optional 5]
-- column: error_rate share 5xx > RATE [optional 6]
-- column: sent_bytes bytes SENT [optional 2]
-- column: first_seen time FIRST SEEN [optional 8]
-- column: last_seen time LAST SEEN [optional 7]
-- chart: browsers count Requests per {bucket} > browsers
-- chart: programs count Requests per {bucket} > programs
-- chart: bots count Requests per {bucket} > bots
-- note: KIND bot: its name has one of the words of --set bots=REGEX; browser: begins with Mozilla/ or Opera/; program: all others, and those that send none. Anybody can write anything there
-- next: albstats report user-agents --by agent {flags} — as they were sent
-- next: albstats report user-agents --by kind {flags} — browsers, programs and bots in sum
-- fold: prepared: name
WITH known AS (
    SELECT user_agent AS agent, elb_status_code, sent_bytes, time,
           CASE WHEN user_agent IS NULL THEN 'program' WHEN regexp_like(lower(user_agent), :bots) THEN 'bot'
                WHEN user_agent LIKE 'Mozilla/%' OR user_agent LIKE 'Opera/%' THEN 'browser'
                ELSE 'program' END AS kind,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket
    FROM requests
),
prepared AS (
    SELECT kind, bucket, elb_status_code, sent_bytes, time,
           CASE WHEN agent IS NULL THEN '(none)'
                WHEN :by = 'kind' THEN kind
                WHEN :by = 'agent' THEN CASE WHEN length(agent) > 200 THEN substr(agent, 1, 199) || '…' ELSE agent END
                WHEN kind = 'bot' THEN coalesce(regexp_extract(lower(agent), '[0-9a-z_.-]*(?:' || :bots || ')[0-9a-z_.-]*'), 'bot')
                WHEN kind = 'program' THEN coalesce(regexp_extract(agent, '^[^/ (,;]{1,100}'), '(none)')
                WHEN strpos(agent, 'Edg/') > 0 OR strpos(agent, 'EdgA/') > 0 OR strpos(agent, 'EdgiOS/') > 0 THEN 'Edge'
                WHEN strpos(agent, 'OPR/') > 0 OR strpos(agent, 'Opera') > 0 THEN 'Opera'
                WHEN strpos(agent, 'SamsungBrowser/') > 0 THEN 'Samsung Internet'
                WHEN strpos(agent, 'FBAN/') > 0 OR strpos(agent, 'FBAV/') > 0 THEN 'Facebook app'
                WHEN strpos(agent, 'Instagram') > 0 THEN 'Instagram app'
                WHEN strpos(agent, 'GSA/') > 0 THEN 'Google app'
                WHEN strpos(agent, 'Firefox/') > 0 OR strpos(agent, 'FxiOS/') > 0 THEN 'Firefox'
                WHEN strpos(agent, 'Chrome/') > 0 AND strpos(agent, '; wv)') > 0 THEN 'Android web view'
                WHEN strpos(agent, 'Chrome/') > 0 OR strpos(agent, 'CriOS/') > 0 THEN 'Chrome'
                WHEN strpos(agent, 'Version/') > 0 AND strpos(agent, 'Safari/') > 0 THEN 'Safari'
                WHEN strpos(agent, 'MSIE ') > 0 OR strpos(agent, 'Trident/') > 0 THEN 'Internet Explorer'
                WHEN strpos(agent, 'Mobile/') > 0 THEN 'iOS web view'
                ELSE '(other browser)' END AS name
    FROM known
),
grouped AS (
    SELECT CASE grouping(name, bucket) WHEN 1 THEN 'row' WHEN 2 THEN 'time' ELSE 'total' END AS part,
           name, kind, bucket, count(*) AS requests,
           count_if(elb_status_code BETWEEN 400 AND 499) AS client_errors,
           count_if(elb_status_code BETWEEN 500 AND 599) AS errors, sum(sent_bytes) AS sent_bytes,
           min(time) AS first_seen, max(time) AS last_seen, count_if(kind = 'browser') AS browsers,
           count_if(kind = 'program') AS programs, count_if(kind = 'bot') AS bots
    FROM prepared
    GROUP BY GROUPING SETS ((name, kind), (bucket), ())
),
first_ones AS (
    SELECT *, CASE WHEN part = 'row' THEN 1 ELSE 0 END AS tier
    FROM grouped
    ORDER BY tier, requests DESC, name, kind, bucket LIMIT :lines
)
SELECT part, name, kind, bucket, requests, CAST(requests AS double) / max(requests) OVER () AS share,
       client_errors, CAST(client_errors AS double) / requests AS client_error_rate,
       errors, CAST(errors AS double) / requests AS error_rate, sent_bytes, first_seen, last_seen,
       browsers, programs, bots
FROM first_ones
ORDER BY tier, requests DESC, name, kind, bucket
