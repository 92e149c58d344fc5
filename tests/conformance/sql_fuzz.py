"""Statements made up by chance, of the constructs that people use over AWS's documented tables; and spoiled ones.

The same seed gives the same statements. Whatever could be answered in two ways is avoided: rows are cut only in an order
of all columns, sums are rounded before they are compared, and nothing asks for the time of day.
"""

import random
import re

import sql_expressions
from sql_expressions import Maker

AGGREGATES = {
    "integer": (
        "count(*)",
        "count({any})",
        "count(DISTINCT client_ip)",
        "count_if({boolean})",
        "sum({integer})",
        "min({integer})",
        "max({integer})",
        "approx_distinct(elb)",
        "cardinality(array_agg({text}))",
    ),
    "double": (
        "min({double})",
        "max({double})",
        "avg({integer})",
        "round(avg({double}), 3)",
        "round(sum({double}), 3)",
        "round(stddev(received_bytes), 2)",
        "max_by(target_processing_time, time)",
    ),
    "decimal": (
        "round(100.0 * count_if({boolean}) / count(*), 2)",
        "sum({decimal})",
        "avg({decimal})",
        "max({decimal})",
        "count(*) * 1.0 / 60",
    ),
    "text": (
        "min({text})",
        "max({text})",
        "max_by({text}, time || trace_id)",
        "array_join(array_sort(array_agg(DISTINCT {text})), ',')",
    ),
    "boolean": ("bool_or({boolean})", "bool_and({boolean})", "every({boolean})"),
    "time": ("min({time})", "max({time})", "date_trunc('minute', max({time}))"),
}
WINDOWS = (
    "row_number() OVER (PARTITION BY {text} ORDER BY time, trace_id, client_port, request_url)",
    "rank() OVER (ORDER BY {integer})",
    "dense_rank() OVER (PARTITION BY elb ORDER BY {text} DESC)",
    "count(*) OVER (PARTITION BY {text})",
    "sum(received_bytes) OVER (PARTITION BY elb)",
    "max({integer}) OVER (ORDER BY time RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)",
    "lag(time, 1, '') OVER (ORDER BY time, trace_id, client_port, request_url)",
    "lead({text}) OVER (PARTITION BY elb ORDER BY time, trace_id, client_port, request_url)",
    "first_value({text}) OVER (PARTITION BY elb ORDER BY time, trace_id, client_port, request_url)",
    "ntile(4) OVER (ORDER BY time, trace_id, client_port, request_url)",
)
TABLES = ("alb_logs", "alb_access_logs", '"default"."alb_logs"', "AwsDataCatalog.default.alb_logs")


class Statements(Maker):
    """Makes statements of the expressions that a `Maker` makes."""

    def statement(self) -> str:
        return self.choice(
            (
                self.plain,
                self.plain,
                self.grouped,
                self.grouped,
                self.grouped,
                self.distinct,
                self.windowed,
                self.joined,
                self.unnested,
                self.united,
                self.nested,
                self.sets,
                self.connections,
            )
        )()

    def source(self) -> str:
        return self.choice(TABLES) + (f"\nWHERE {self.make('boolean')}" if self.random() < 0.6 else "")

    def cut(self, columns: int) -> str:
        """An order of all columns, and perhaps only the first rows."""
        order = ", ".join(
            f"{number}{self.choice(('', '', ' DESC', ' ASC', ' NULLS FIRST', ' DESC NULLS LAST'))}"
            for number in range(1, columns + 1)
        )
        return f"\nORDER BY {order}\n" + self.choice(
            ("LIMIT 20", "LIMIT 5", "OFFSET 3 LIMIT 10", "FETCH FIRST 7 ROWS ONLY", "LIMIT 100")
        )

    def items(self, kinds: list[str]) -> str:
        return ", ".join(
            self.make(kind) + self.choice(("", f" AS c{number}", f' AS "C {number}"'))
            for number, kind in enumerate(kinds)
        )

    def kinds(self, most: int = 3) -> list[str]:
        return [self.choice(sql_expressions.KINDS) for _ in range(self.randint(1, most))]

    def plain(self) -> str:
        kinds = self.kinds(4)
        return f"SELECT {self.items(kinds)} FROM {self.source()}{self.cut(len(kinds))}"

    def distinct(self) -> str:
        kinds = self.kinds(2)
        return f"SELECT DISTINCT {self.items(kinds)} FROM {self.source()}{self.cut(len(kinds))}"

    def aggregate(self) -> str:
        return self.filled(self.choice(AGGREGATES[self.choice(list(AGGREGATES))]))

    def filled(self, form: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.small(found[1]), form)

    def small(self, kind: str) -> str:
        return self.make(self.choice(("text", "integer")) if kind == "any" else kind, depth=1)

    def grouped(self) -> str:
        keys = [
            self.make(self.choice(("text", "integer", "time", "boolean")), depth=2) for _ in range(self.randint(1, 2))
        ]
        measures = [self.aggregate() for _ in range(self.randint(1, 3))]
        having = (
            f"\nHAVING {self.choice(('count(*) > 1', 'max(elb_status_code) >= 400', 'count(DISTINCT client_ip) < 40'))}"
            if self.random() < 0.3
            else ""
        )
        # A number names a column; an expression may stand there again, a constant may not.
        by = ", ".join(
            str(number + 1) if self.random() < 0.6 or not re.search("[a-z]_", key) else key
            for number, key in enumerate(keys)
        )
        return f"SELECT {', '.join(keys + measures)} FROM {self.source()}\nGROUP BY {by}{having}{self.cut(len(keys + measures))}"

    def sets(self) -> str:
        by = self.choice(
            (
                "ROLLUP (elb, elb_status_code)",
                "CUBE (elb, elb_status_code)",
                "GROUPING SETS ((elb), (elb_status_code), ())",
            )
        )
        return f"SELECT elb, elb_status_code, {self.aggregate()}, grouping(elb) FROM {self.source()}\nGROUP BY {by}{self.cut(4)}"

    def windowed(self) -> str:
        window = self.filled(self.choice(WINDOWS))
        return f"WITH w AS (SELECT elb, {self.make('text', 1)} AS t, {window} AS n FROM {self.choice(TABLES)})\nSELECT * FROM w{self.cut(3)}"

    def joined(self) -> str:
        key = self.make("text", 1)
        how = self.choice(("JOIN", "LEFT JOIN", "FULL OUTER JOIN", "RIGHT JOIN"))
        return (
            f"WITH a AS (SELECT {key} AS k, {self.aggregate()} AS x FROM {self.source()}\nGROUP BY 1),\n"
            f"b AS (SELECT {key} AS k, {self.aggregate()} AS y FROM {self.source()}\nGROUP BY 1)\n"
            f"SELECT a.k, b.k, x, y FROM a {how} b ON a.k = b.k{self.cut(4)}"
        )

    def unnested(self) -> str:
        array = self.choice(
            (
                "split(actions_executed, ',')",
                "split(elb, '/')",
                "split(request_url, '/', 5)",
                "filter(split(user_agent, ' '), x -> length(x) > 3)",
                "transform(split(elb, '/'), x -> upper(x))",
                "ARRAY[elb, type]",
                "sequence(1, 3)",
            )
        )
        return f"SELECT u.item, {self.aggregate()} FROM {self.choice(TABLES)}\nCROSS JOIN UNNEST({array}) AS u(item)\nGROUP BY u.item{self.cut(2)}"

    def united(self) -> str:
        how = self.choice(("UNION", "UNION ALL", "EXCEPT", "INTERSECT"))
        kind = self.choice(("text", "integer", "double"))
        return f"SELECT {self.make(kind)} FROM {self.source()}\n{how} SELECT {self.make(kind)} FROM {self.source()}{self.cut(1)}"

    def nested(self) -> str:
        condition = self.choice(
            (
                f"received_bytes > (SELECT avg(received_bytes) FROM {self.source()})",
                f"elb IN (SELECT elb FROM {self.source()})",
                f"client_ip NOT IN (SELECT client_ip FROM {self.source()})",
                f"EXISTS (SELECT 1 FROM {self.source()})",
                f"elb_status_code = ANY (SELECT elb_status_code FROM {self.source()})",
            )
        )
        kinds = self.kinds(2)
        return f"SELECT {self.items(kinds)} FROM {self.choice(TABLES)}\nWHERE {condition}{self.cut(len(kinds))}"

    def connections(self) -> str:
        keys = self.choice(
            ("tls_protocol", "tls_verify_status", "substr(time, 1, 16)", "listener_port", "leaf_client_cert_subject")
        )
        measure = self.choice(
            (
                "count(*)",
                "max(tls_handshake_latency)",
                "count_if(tls_verify_status = 'Success')",
                "count(DISTINCT client_ip)",
            )
        )
        return f"SELECT {keys}, {measure} FROM alb_connection_logs GROUP BY {keys}{self.cut(2)}"


def statements(seed: int, count: int) -> list[str]:
    maker = Statements(seed)
    return [maker.statement() for _ in range(count)]


TOKEN = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|\d+\.\d+|\w+|\s+|->|<>|!=|<=|>=|\|\||.""", re.DOTALL)
# What may take a token's place: words of the grammar, and what other databases understand.
STRANGERS = (
    "SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET AS ON JOIN LEFT CROSS UNION ALL DISTINCT AND "
    "OR NOT IN IS NULL LIKE BETWEEN CASE WHEN THEN ELSE END CAST TRY EXISTS WITH VALUES UNNEST OVER "
    "PARTITION ROWS RANGE FILTER INTERVAL DATE TIMESTAMP ARRAY ROW MAP ILIKE RLIKE REGEXP SIMILAR "
    "QUALIFY EXCLUDE EXCEPT TOP LATERAL PIVOT SAMPLE TABLESAMPLE ANTI SEMI ASOF NATURAL USING ESCAPE "
    "SYMMETRIC DIV MOD XOR ANY SOME TRUE FALSE DEFAULT RETURNING INTO FOR FETCH FIRST NEXT ONLY TIES "
    "ORDINALITY RECURSIVE WINDOW IGNORE NULLS :: := == => -> ! != !~ ~ ~* ^ & | && << >> // ** # @ @> <@ "
    "? ?| $1 :x ` `elb` [ ] { } ( ) , ; . .* * + - / % || < > = <> 1 1.5 1e3 .5 5. 0x1F 1_000 'a' E'a' "
    "N'a' B'1' X'41' U&'\\0041' $$a$$ \"elb\" elb x /* */ -- \\"
).split(" ")


# What other databases and the engine have: behind a value, in the place of one, behind a table, and at the end.
FOREIGN = {
    "value": (
        "::varchar ;; ILIKE 'a' ;; ~ 'a' ;; -> 'a' ;; @> 'a' ;; <=> 1 ;; XOR true ;; NOT NULL ;; ISNULL ;; "
        "IS TRUE ;; = 1 = true ;; IS NULL IS NULL ;; IN (1,) ;; || || 'a' ;; = = 1 ;; COLLATE x ;; 'a' ;; "
        "AS 'a' ;; AS x AS y ;; [1:2] ;; AT TIME ZONE 'UTC' ;; FILTER (WHERE true) ;; OVER () ;; "
        "OVER (w) ;; IGNORE NULLS"
    ).split(" ;; "),
    "place": (
        "+ + -1.0 ;; + 1.5 ;; - - 1 ;; $1 ;; ? ;; `elb` ;; [1, 2] ;; {'a': 1} ;; 0x1F ;; 1_000 ;; x'1' ;; "
        "NOT NOT true ;; (elb,) ;; DISTINCT elb ;; lower(DISTINCT elb) ;; lower(elb ORDER BY elb) ;; "
        "count(DISTINCT *) ;; count(t.*) ;; other.alb_logs.elb ;; * EXCLUDE (elb) ;; * EXCEPT (elb) ;; "
        "* REPLACE (1 AS elb) ;; COLUMNS('a') ;; unnest(ARRAY[1]) ;; position('a', elb) ;; "
        "substr(elb FROM 2) ;; substring(elb FOR 1) ;; CAST(elb AS text) ;; CAST(1 AS integer(3)) ;; "
        "CAST(1 AS numeric) ;; first_value(elb) ;; listagg(elb) ;; 1 = ANY (ARRAY[1]) ;; 'a' 'b'"
    ).split(" ;; "),
    "table": (
        "FINAL ;; SAMPLE 0.1 ;; WITH (NOLOCK) ;; WITH ORDINALITY ;; PARTITION (p) ;; USE INDEX (i) ;; "
        "'a' ;; a b ;; PIVOT (count(*) FOR elb IN ('a')) ;; UNPIVOT (a FOR b IN (elb)) ;; "
        "ASOF JOIN alb_logs b ON true ;; SEMI JOIN alb_logs b ON true ;; GLOBAL JOIN alb_logs b ON true ;; "
        "NATURAL JOIN alb_logs ;; CROSS APPLY alb_logs ;; LATERAL VIEW explode(ARRAY[1]) t AS x ;; "
        ", generate_series(1, 3) ;; PREWHERE true"
    ).split(" ;; "),
    "end": (
        "FOR UPDATE ;; FOR JSON AUTO ;; QUALIFY true ;; LIMIT 1, 2 ;; LIMIT 1 BY elb ;; "
        "LIMIT 1 OFFSET 1 ;; LIMIT -1 ;; SETTINGS a = 1 ;; FORMAT JSON ;; MINUS SELECT 1 ;; "
        "UNION BY NAME SELECT 1 ;; ORDER BY ALL ;; ORDER BY -1 ;; SORT BY 1 ;; DISTRIBUTE BY elb ;; "
        "GROUP BY ALL ;; OFFSET 1 OFFSET 1 ;; FETCH FIRST 0 ROWS ONLY ;; LIMIT 1 WITH TIES ;; , ;; ) ;; "
        "INTO x"
    ).split(" ;; "),
}


def with_foreign(maker: random.Random, sql: str) -> str:
    """A statement with something that other databases have, where they have it."""
    place = maker.choice(list(FOREIGN))
    piece = maker.choice(FOREIGN[place])
    tables = [table for table in re.finditer(r"(?i)\balb_\w+\"?", sql) if not sql[table.end() :].startswith(".")]
    words = list(re.finditer(r"\b(elb|type|time|client_ip|request_verb|elb_status_code)\b", sql))
    if place == "end" or not words or not tables:
        return f"{sql} {maker.choice(FOREIGN['end'])}"
    at = maker.choice(tables if place == "table" else words)
    kept = "" if place == "place" else f"{at[0]} "
    return f"{sql[: at.start()]}{kept}{piece}{sql[at.end() :]}"


def broken(seed: int, sqls: list[str], count: int) -> list[str]:
    """Statements with one or two tokens dropped, doubled, swapped or replaced, or with something of another grammar in them."""
    maker = random.Random(seed)
    found = []
    while len(found) < count:
        sql = maker.choice(sqls)
        if maker.random() < 0.4:
            found.append(with_foreign(maker, sql))
            continue
        tokens = TOKEN.findall(sql)
        for _ in range(maker.choice((1, 1, 2))):
            at = maker.choice([number for number, token in enumerate(tokens) if not token.isspace()])
            match maker.choice(("drop", "double", "replace", "insert", "swap")):
                case "drop":
                    tokens[at] = " "
                case "double":
                    tokens[at] += " " + tokens[at]
                case "replace":
                    tokens[at] = maker.choice(STRANGERS)
                case "insert":
                    tokens[at] = f"{maker.choice(STRANGERS)} {tokens[at]}"
                case "swap":
                    other = maker.choice([number for number, token in enumerate(tokens) if not token.isspace()])
                    tokens[at], tokens[other] = tokens[other], tokens[at]
        found.append("".join(tokens))
    return found


def is_chance(sql: str) -> bool:
    """Whether more than one answer is right: rows are cut in no order, or a value is any of several."""
    return (
        re.search(
            r"(?i)limit|fetch|offset|OVER|arbitrary|any_value|max_by|min_by|array_agg|sample|now\(|current_|\$path|approx",
            sql,
        )
        is not None
    )
