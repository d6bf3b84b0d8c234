BEGIN TRANSACTION;
CREATE TABLE api_keys (
        id TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        kind TEXT NOT NULL,
        secret_hash TEXT NOT NULL,
        scopes TEXT NOT NULL,
        origins TEXT NOT NULL,
        created_at TEXT NOT NULL,
        revoked_at TEXT
    ) WITHOUT ROWID
    ;
CREATE TABLE audit_entries (
        id TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        operator TEXT NOT NULL,
        action TEXT NOT NULL,
        retailer TEXT NOT NULL,
        subject TEXT NOT NULL,
        step TEXT NOT NULL,
        reason TEXT NOT NULL,
        evidence TEXT NOT NULL,
        detail TEXT NOT NULL,
        trace TEXT NOT NULL,
        request TEXT NOT NULL,
        part_of TEXT NOT NULL
    );
INSERT INTO "audit_entries" VALUES('aud_1','2026-11-22T12:00:00.000000+00:00','alice','retry','northstar','chk_1','credit','it is back','','{"more": [1, {"a": null}], "verdict": "passed"}','','','');
CREATE TABLE audit_outcomes (
        entry TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        outcome TEXT NOT NULL,
        code TEXT NOT NULL
    );
INSERT INTO "audit_outcomes" VALUES('aud_1','2026-11-22T12:00:02.000000+00:00','refused','too_late');
CREATE TABLE catalogues_kept (
        retailer TEXT NOT NULL PRIMARY KEY,
        body TEXT NOT NULL,
        read_at TEXT NOT NULL
    );
INSERT INTO "catalogues_kept" VALUES('northstar','{"currency":"GBP","version":"2","handsets":[],"tariffs":[],"credit_plans":[],"accessories":[],"trade_ins":[],"valid_until":"2026-11-22T13:00:00.000000+00:00"}','2026-11-22T12:00:00.000000+00:00');
CREATE TABLE checkouts (
        id TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        version INTEGER NOT NULL,
        status TEXT NOT NULL,
        settled INTEGER NOT NULL,
        ended INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        wake_at TEXT,
        digest TEXT NOT NULL,
        snapshot TEXT NOT NULL,
        personal TEXT NOT NULL
    , attention TEXT NOT NULL DEFAULT '', claimed_by TEXT, claimed_until TEXT, flow TEXT NOT NULL DEFAULT '');
CREATE TABLE cursors (name TEXT NOT NULL PRIMARY KEY, place TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE dead_letters (
        id TEXT PRIMARY KEY,
        consumer TEXT NOT NULL,
        event TEXT NOT NULL,
        retailer TEXT NOT NULL,
        body TEXT NOT NULL,
        error TEXT NOT NULL,
        detail TEXT NOT NULL,
        tries INTEGER NOT NULL,
        state TEXT NOT NULL,
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL
    );
INSERT INTO "dead_letters" VALUES('reports:chk_1-7-0','reports','chk_1-7-0','northstar:test','{"specversion":"1.0","id":"chk_1-7-0","source":"/retailers/northstar/checkouts/chk_1","type":"step.passed.v1","subject":"chk_1","time":"2026-11-22T12:00:00.000000Z","datacontenttype":"application/json","partitionkey":"chk_1","sequence":"0000000007.0000","livemode":false,"data":{"step":"credit","n":[1,2]}}','KeyError','',3,'open','2026-11-22T12:01:00.000000+00:00','2026-11-22T12:01:00.000000+00:00');
CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        checkout TEXT NOT NULL REFERENCES checkouts (id),
        version INTEGER NOT NULL,
        idx INTEGER NOT NULL,
        retailer TEXT NOT NULL,
        type TEXT NOT NULL,
        at TEXT NOT NULL,
        data TEXT NOT NULL,
        UNIQUE (checkout, version, idx)
    );
CREATE TABLE flows (
        digest TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        name TEXT NOT NULL,
        resolved TEXT NOT NULL,
        stored_at TEXT NOT NULL
    );
CREATE TABLE idempotency (
        scope TEXT NOT NULL,
        key TEXT NOT NULL,
        body_digest TEXT NOT NULL,
        resource TEXT NOT NULL,
        status INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (scope, key)
    ) WITHOUT ROWID
    ;
CREATE TABLE leases (
        name TEXT NOT NULL PRIMARY KEY,
        owner TEXT NOT NULL,
        until TEXT NOT NULL
    ) WITHOUT ROWID
    ;
CREATE TABLE lookup_fill (
        mark TEXT NOT NULL PRIMARY KEY,
        after TEXT
    ) WITHOUT ROWID
    ;
CREATE TABLE lookup_key (key TEXT NOT NULL);
INSERT INTO "lookup_key" VALUES('1b36a4db591e3279b140e97f7efe27d1f82a0d8c0dd2cead00718bfdd9d16253');
CREATE TABLE lookups (
        retailer TEXT NOT NULL,
        kind TEXT NOT NULL,
        hash TEXT NOT NULL,
        checkout TEXT NOT NULL REFERENCES checkouts (id),
        PRIMARY KEY (hash, checkout)
    ) WITHOUT ROWID
    ;
CREATE TABLE notifications (
        event TEXT NOT NULL,
        template TEXT NOT NULL,
        retailer TEXT NOT NULL,
        checkout TEXT NOT NULL,
        provider TEXT NOT NULL,
        reference TEXT NOT NULL,
        state TEXT NOT NULL,
        code TEXT,
        message TEXT,
        tries BIGINT NOT NULL,
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL,
        give_up_at TEXT NOT NULL,
        PRIMARY KEY (event, template)
    );
INSERT INTO "notifications" VALUES('chk_1-1-0','welcome','northstar','chk_1','texts','REF1','sending',NULL,NULL,1,'2026-11-22T12:00:00.000000+00:00','2026-11-22T12:00:00.000000+00:00','2026-11-22T12:05:00.000000+00:00');
CREATE TABLE operator_requests (
        id TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        operator TEXT NOT NULL,
        action TEXT NOT NULL,
        retailer TEXT NOT NULL,
        subject TEXT NOT NULL,
        step TEXT NOT NULL,
        reason TEXT NOT NULL,
        evidence TEXT NOT NULL,
        seen TEXT NOT NULL,
        body TEXT NOT NULL,
        state TEXT NOT NULL,
        decided_by TEXT NOT NULL,
        decided_at TEXT NOT NULL,
        code TEXT NOT NULL
    );
INSERT INTO "operator_requests" VALUES('req_1','2026-11-22T12:00:00.000000+00:00','2026-11-23T12:00:00.000000+00:00','alice','cancel','northstar','chk_1','','asked for by telephone','','open','{"verdict": "passed"}','waiting','','','');
CREATE TABLE operator_selections (
        digest TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        asked TEXT NOT NULL,
        targets TEXT NOT NULL
    );
INSERT INTO "operator_selections" VALUES('sha256:1','2026-11-22T12:00:00.000000+00:00','{"action": "retry"}','[["c", "s", "x"]]');
CREATE TABLE parity_counts (
        retailer TEXT NOT NULL,
        route TEXT NOT NULL,
        live TEXT NOT NULL,
        candidate TEXT NOT NULL,
        operation TEXT NOT NULL,
        hour TEXT NOT NULL,
        field TEXT NOT NULL,
        verdict TEXT NOT NULL,
        amount BIGINT NOT NULL,
        example TEXT,
        PRIMARY KEY (retailer, route, live, candidate, operation, hour, field, verdict)
    );
INSERT INTO "parity_counts" VALUES('northstar','credit','a','b','credit.quote','2026-11-22T12:00:00.000000+00:00','','agreed',1,NULL);
INSERT INTO "parity_counts" VALUES('northstar','credit','a','b','credit.quote','2026-11-22T12:00:00.000000+00:00','','differed',1,NULL);
INSERT INTO "parity_counts" VALUES('northstar','credit','a','b','credit.quote','2026-11-22T12:00:00.000000+00:00','apr','differed',1,'9.9 | 10.9');
CREATE TABLE refs (
        reference TEXT NOT NULL PRIMARY KEY,
        checkout TEXT NOT NULL REFERENCES checkouts (id)
    ) WITHOUT ROWID
    ;
CREATE TABLE report_counts (
        retailer TEXT NOT NULL,
        topic TEXT NOT NULL,
        day TEXT NOT NULL,
        flow TEXT NOT NULL,
        measure TEXT NOT NULL,
        step TEXT NOT NULL,
        provider TEXT NOT NULL,
        code TEXT NOT NULL,
        currency TEXT NOT NULL,
        amount BIGINT NOT NULL,
        PRIMARY KEY (retailer, topic, day, flow, measure, step, provider, code, currency)
    );
INSERT INTO "report_counts" VALUES('northstar','funnel','2026-11-21','handset','begun','contact','texts','slow','GBP',3);
CREATE TABLE report_journeys (
        checkout TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        version BIGINT NOT NULL,
        idx BIGINT NOT NULL,
        at TEXT NOT NULL,
        ended INTEGER NOT NULL,
        body TEXT NOT NULL
    );
INSERT INTO "report_journeys" VALUES('chk_1','northstar',1,0,'2026-11-22T12:00:00.000000+00:00',0,'{"checkout":"chk_1","retailer":"northstar","flow":"handset","digest":"sha256:1","began_at":"2026-11-22T12:00:00Z","at":"2026-11-22T12:00:00Z","position":[1,0],"price":{"due_today":100,"total_payable":0,"credit":0,"trade_in":0,"parts":["handset"]},"steps":{"credit":{"state":"in_review","provider":"a","code":"","moved":[1,0],"ready_at":"2026-11-22T12:00:00Z","asked_at":null,"unreachable":[],"tried":[],"counted":[]}},"providers":{"credit":["a","b"]},"opened":[0,0],"waiting":["credit","a"],"ended":false}');
CREATE TABLE routing_settings (
        retailer TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        data TEXT NOT NULL,
        version BIGINT NOT NULL,
        changed_at TEXT NOT NULL,
        changed_by TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (retailer, kind, name)
    );
INSERT INTO "routing_settings" VALUES('northstar','route','credit','{"weights":{"a":90.0,"b":10.0},"closed":["c"]}',1,'2026-11-22T12:00:00.000000+00:00','alice','trial');
INSERT INTO "routing_settings" VALUES('northstar','provider','b','{"disabled":false,"windows":[{"begins":"2026-11-22T12:00:00Z","ends":"2026-11-22T13:00:00Z"}]}',1,'2026-11-22T12:00:00.000000+00:00','alice','trial');
CREATE TABLE stream_places (name TEXT PRIMARY KEY, place TEXT NOT NULL);
INSERT INTO "stream_places" VALUES('reports','7@2026');
CREATE TABLE tokens (
        token_hash TEXT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL,
        checkout TEXT NOT NULL,
        retailer TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        redeemed_at TEXT,
        browser TEXT
    ) WITHOUT ROWID
    ;
CREATE TABLE webhook_deliveries (
        id TEXT NOT NULL PRIMARY KEY,
        endpoint TEXT NOT NULL,
        retailer TEXT NOT NULL,
        event TEXT NOT NULL,
        checkout TEXT NOT NULL,
        version BIGINT NOT NULL,
        idx BIGINT NOT NULL,
        type TEXT NOT NULL,
        at TEXT NOT NULL,
        body TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts BIGINT NOT NULL,
        next_at TEXT NOT NULL,
        status BIGINT,
        error TEXT,
        tried_at TEXT,
        delivered_at TEXT,
        created_at TEXT NOT NULL
    );
INSERT INTO "webhook_deliveries" VALUES('we_1:chk_1-1-0','we_1','northstar','chk_1-1-0','chk_1',1,0,'step.passed.v1','2026-11-22T12:01:00.000000+00:00','{"id": "ä"}','pending',0,'2026-11-22T12:00:00.000000+00:00',NULL,NULL,NULL,NULL,'2026-11-22T12:00:00.000000+00:00');
CREATE TABLE webhook_endpoints (
        id TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        url TEXT NOT NULL,
        types TEXT NOT NULL,
        description TEXT NOT NULL,
        state TEXT NOT NULL,
        why TEXT,
        secret TEXT NOT NULL,
        old_secrets TEXT NOT NULL,
        failures BIGINT NOT NULL,
        failing_since TEXT,
        hold_until TEXT NOT NULL,
        made_of TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    );
INSERT INTO "webhook_endpoints" VALUES('we_1','northstar','https://shop.example/hooks','["step.*","checkout.completed.v1"]','orders','enabled',NULL,'whsec_made','[{"secret":"whsec_old","until":"2026-11-22T13:00:00.000000+00:00"}]',3,'2026-11-22T12:00:00.000000+00:00','2026-11-22T12:00:00.000000+00:00','sha256:1','2026-11-22T12:01:00.000000+00:00','2026-11-22T12:01:00.000000+00:00');
CREATE INDEX checkouts_due ON checkouts (wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX checkouts_list ON checkouts (retailer, created_at DESC, id DESC);
CREATE INDEX checkouts_status ON checkouts (retailer, status, created_at DESC, id DESC);
CREATE INDEX checkouts_open ON checkouts (digest) WHERE ended = 0;
CREATE INDEX checkouts_attention ON checkouts (retailer, created_at DESC, id DESC)
    WHERE attention <> ''
    ;
CREATE INDEX checkouts_claims ON checkouts (claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX idempotency_age ON idempotency (created_at);
CREATE INDEX tokens_expiry ON tokens (expires_at);
CREATE INDEX dead_letters_by_state ON dead_letters (state, first_at, id);
CREATE INDEX webhook_endpoints_listed
    ON webhook_endpoints (retailer, created_at, id)
    ;
CREATE INDEX webhook_deliveries_due
    ON webhook_deliveries (endpoint, next_at, id) WHERE state = 'pending'
    ;
CREATE INDEX webhook_deliveries_heads
    ON webhook_deliveries (endpoint, checkout, version, idx) WHERE state = 'pending'
    ;
CREATE INDEX webhook_deliveries_listed
    ON webhook_deliveries (endpoint, at, id)
    ;
CREATE INDEX webhook_deliveries_old
    ON webhook_deliveries (created_at) WHERE state <> 'pending'
    ;
CREATE INDEX report_journeys_newest ON report_journeys (retailer, at, checkout)
    ;
CREATE INDEX notifications_reference ON notifications (reference);
CREATE INDEX audit_entries_by_time ON audit_entries (at, id);
CREATE INDEX audit_entries_of ON audit_entries (subject, at, id);
CREATE INDEX operator_requests_by_state ON operator_requests (state, at, id);
CREATE INDEX checkouts_flow ON checkouts (retailer, flow, created_at DESC, id DESC);
CREATE INDEX lookups_checkout ON lookups (checkout);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('events',0);
COMMIT;
PRAGMA user_version = 4;
