"""The tables of a site's frontier; docs/reference/frontier.md explains each column.

In: nothing. Out: SQL that makes what is missing. A change of a column is a new FORMAT_VERSION in frontier.py.
"""

TABLES = """
create table if not exists url (
    id integer primary key, key text not null unique, url text not null, host text not null, kind text not null,
    state text not null default 'waiting', priority integer not null, depth integer not null,
    via integer, tries integer not null default 0, hops integer not null default 0,
    not_before real not null default 0, status integer, reason text,
    num_strange integer not null default 0, text_digest integer, is_reached integer not null default 0,
    asks integer not null default 0
);
create index if not exists next_url on url (priority, depth, id) where state = 'waiting';
create index if not exists passed_over on url (reason) where state = 'excluded';
create index if not exists next_due on url (not_before) where state = 'waiting';
create table if not exists capture (
    id integer primary key, url_id integer not null, url text not null, kind text not null, status integer not null,
    content_type text, etag text, last_modified text, payload_digest text not null, body_sha256 text not null,
    warc_file text not null, warc_offset integer not null, warc_length integer not null, fetched_at text not null,
    withheld text, truncated text, revisit text
);
create index if not exists captures_of_url on capture (url_id);
create table if not exists request (
    id integer primary key, url_id integer not null, time text not null, method text not null, url text not null,
    address text, status integer, bytes integer not null, seconds real, pause_s real, robots_verdict text, error text,
    warc_file text, warc_offset integer, warc_end integer
);
create index if not exists request_place on request (warc_file, warc_end) where warc_file is not null;
create table if not exists known (
    key text primary key, url text not null, outcome text not null, reason text, since text not null, first_url text,
    moved_to text, first_seen text, last_changed text, depth integer not null, lastmod text, capture_id text,
    content_type text, etag text, last_modified text, payload_digest text, body_sha256 text, warc_file text,
    warc_offset integer, warc_length integer, fetched_at text, truncated text
) without rowid;
create table if not exists listed (key text primary key, lastmod text) without rowid;
create table if not exists link (from_id integer not null, key text not null, primary key (from_id, key)) without rowid;
create table if not exists robots (origin text primary key, fetched_at text not null, verdict text not null, text text);
create table if not exists tdmrep (origin text primary key, content blob not null);
create table if not exists not_taken (hash integer primary key, kind text not null);
create table if not exists shape (
    shape text primary key, num_fetched integer not null default 0, num_novel integer not null default 0,
    num_dry integer not null default 0, is_paused integer not null default 0
);
create table if not exists parameter (
    name text primary key, num_same integer not null default 0, num_different integer not null default 0
);
create table if not exists block (hash integer primary key);
create table if not exists pair (hash integer primary key);
create table if not exists fact (name text primary key, value text);
"""
