------------------------------ MODULE Tenantshift ------------------------------
(***************************************************************************)
(* One tenant, two databases, and everything that may change its rows or   *)
(* its fence: writers that enter, appliers of both directions, a copy in   *)
(* chunks, attempts to move authority there and back, attempts to begin    *)
(* and to void the copy, and the recovery of attempts that died.           *)
(*                                                                         *)
(* One step of the model is what the real thing does at one instant or     *)
(* under one lock that keeps everybody else from looking. Whoever may      *)
(* freeze between two steps does so here: nothing ever has to happen.      *)
(*                                                                         *)
(* "Without" takes rules of the protocol out, one by one; the names stand  *)
(* where the rule is used. README.md says what each is for, which          *)
(* invariant stands for which guarantee, and what is left out.             *)
(***************************************************************************)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS
    Writers,    \* transactions of the application at a time
    Appliers,   \* instances that may run lanes
    Helpers,    \* recoveries at a time
    Attempts,   \* 1 .. n: coordinators, in the order in which they begin
    Kinds,      \* what they try: subset of {"move", "follow", "void"}
    Keys,       \* 1 .. n: rows; the copy goes through them in this order
    Copied,     \* TRUE: begins in DUAL_WRITE with a complete copy; FALSE: in SOURCE_ONLY without one
    MaxWrites,  \* row changes altogether
    MaxXids,    \* transaction ids altogether
    TxnWrites,  \* row changes of one transaction
    MaxTokens,  \* how often the lease of one lane is taken
    Features,   \* subset of {"delete", "early-xid", "repeatable-read", "pieces", "repair"}
    Without     \* the rules that are taken out; {} is the protocol

Sides == {"A", "B"}
Other(s) == IF s = "A" THEN "B" ELSE "A"
Last == Cardinality(Keys)
Max2(a, b) == IF a > b THEN a ELSE b
Max(S) == CHOOSE a \in S : \A b \in S : b <= a
Min(S) == CHOOSE a \in S : \A b \in S : a <= b

(***************************************************************************)
(* A row's value is the number of the change that made it: positive for a  *)
(* row that is there, negative for one that this change deleted, 0 for one *)
(* that never was. The number is the entry's seq too: both are drawn while *)
(* the row's lock is held. A database does not know who deleted a row;     *)
(* only the invariants look at negative numbers.                           *)
(***************************************************************************)
Seq(v) == IF v < 0 THEN -v ELSE v
There(v) == IF v > 0 THEN v ELSE 0
Same(f, g) == \A k \in Keys : There(f[k]) = There(g[k])

VARIABLES
    fence,    \* side -> its fence row: state, epoch, the attempt that wrote it, whether writes are captured
    db,       \* side -> row -> value, committed
    truth,    \* row -> value of the last acknowledged change, wherever it was made
    journal,  \* side -> entries, committed
    xids,     \* transaction ids given out
    writes,   \* change numbers given out
    txn,      \* writer -> its transaction
    lane,     \* source side -> the lane's row on the other side: token and position
    copy,     \* target side -> the copy's row: epoch at which its capture began, last copied key
    ap,       \* applier -> what it holds in memory
    att,      \* attempt -> how far it is
    help,     \* helper -> its recovery
    back      \* whether an applier has ever put an older image over a newer one

vars == <<fence, db, truth, journal, xids, writes, txn, lane, copy, ap, att, help, back>>

NoRow == [st |-> "none", ep |-> 0, by |-> 0, cap |-> FALSE]
NoSnapshot == [xmax |-> 0, run |-> {}]
FirstSnapshot == [xmax |-> 1, run |-> {}]
\* Without a copy's row a side is whole: it is the tenant's home or its way back.
NoCopy == [ep |-> 0, cur |-> Last]
NoTxn == [pc |-> "idle", side |-> "A", ep |-> 0, cap |-> FALSE, xid |-> 0, ws |-> {}]
Nothing == [k \in Keys |-> 0]
Idle(source, token, known) ==
    [pc |-> "idle", lane |-> source, tok |-> token, known |-> known, from |-> NoSnapshot, end |-> NoSnapshot,
     fresh |-> FALSE, win |-> {}, work |-> FALSE, img |-> Nothing, sep |-> 0]
NoAttempt == [pc |-> "new", x |-> "A", n |-> NoRow, m |-> NoRow, e |-> 0, alive |-> FALSE]
NoHelp == [pc |-> "none", y |-> "A", row |-> NoRow, to |-> "none"]

Init ==
    /\ fence = [A |-> [st |-> "open", ep |-> 1, by |-> 0, cap |-> Copied],
                B |-> [st |-> IF Copied THEN "following" ELSE "absent", ep |-> 1, by |-> 0, cap |-> FALSE]]
    /\ truth = [k \in Keys |-> 1]
    /\ db = [A |-> truth, B |-> IF Copied THEN truth ELSE Nothing]
    /\ journal = [s \in Sides |-> {}]
    /\ xids = 0
    /\ writes = 1
    /\ txn = [w \in Writers |-> NoTxn]
    /\ lane = [s \in Sides |-> [tok |-> 0, applied |-> FirstSnapshot, next |-> NoSnapshot, after |-> 0]]
    /\ copy = [A |-> NoCopy, B |-> IF Copied THEN [ep |-> 1, cur |-> Last] ELSE NoCopy]
    /\ ap = [p \in Appliers |-> [Idle("A", 0, 0) EXCEPT !.pc = "off"]]
    /\ att = [c \in Attempts |-> NoAttempt]
    /\ help = [h \in Helpers |-> NoHelp]
    /\ back = FALSE

(***************************************************************************)
(* Locks of the tenant. Exclusive: an attempt's session on the authority.  *)
(* Shared: writers that have entered. An applier's, from its look at the   *)
(* fence row to its commit, is one step (Apply) and needs no state.        *)
(***************************************************************************)
Exclusive(s) == \E c \in Attempts : att[c].alive /\ att[c].x = s
Entered(s) == \E w \in Writers : txn[w].pc = "in" /\ txn[w].side = s
Applying(s) == \E p \in Appliers : ap[p].pc = "checked" /\ Other(ap[p].lane) = s
\* Rule "wait-for-entered": the exclusive lock waits for everybody who holds it shared.
CanLock(s) == ~Exclusive(s) /\ ("wait-for-entered" \in Without \/ ~Entered(s))

(******************************** snapshots ********************************)
Snapshot(s) ==
    IF "position-by-snapshot/seq" \in Without
    THEN [xmax |-> IF journal[s] = {} THEN 1 ELSE 1 + Max({Seq(e.v) : e \in journal[s]}), run |-> {}]
    ELSE [xmax |-> xids + 1,
          run |-> {txn[w].xid : w \in {w \in Writers : txn[w].side = s /\ txn[w].xid # 0}}]

\* Rule "position-by-snapshot": an entry is seen if its transaction had been committed; not "if its id is below the
\* oldest running one", not "if its seq is".
Seen(S, e) ==
    CASE "position-by-snapshot/xmin" \in Without -> e.x < (IF S.run = {} THEN S.xmax ELSE Min(S.run))
      [] "position-by-snapshot/seq" \in Without -> Seq(e.v) < S.xmax
      [] OTHER -> e.x < S.xmax /\ e.x \notin S.run

\* Rule "order-by-last-seq": transactions stand in the order of their last seq. Rule "whole-transactions": a piece
\* ends with a transaction.
Order(e) ==
    CASE "order-by-last-seq" \in Without -> e.x
      [] "whole-transactions" \in Without -> Seq(e.v)
      [] OTHER -> e.o

Before(e, f) == Order(e) < Order(f) \/ (Order(e) = Order(f) /\ Seq(e.v) < Seq(f.v))

\* Entries that are not on the other side yet, by the lane's position.
Outside(s) ==
    {e \in journal[s] :
        /\ ~Seen(lane[s].applied, e)
        /\ ~(lane[s].next # NoSnapshot /\ Seen(lane[s].next, e) /\ Order(e) <= lane[s].after)}

(***************************************************************************)
(* Writers. What they remember of epochs is not modelled: a writer may     *)
(* always know the right one. That makes the number's job harder, not      *)
(* easier.                                                                 *)
(***************************************************************************)
Others == <<fence, lane, copy, ap, att, help, back>>

\* Rules "enter-lock" and "enter-number".
Enter(w, s) ==
    /\ txn[w].pc = "idle"
    /\ "enter-lock" \in Without \/ ~Exclusive(s)
    /\ "enter-number" \in Without \/ fence[s].st = "open"
    /\ txn' = [txn EXCEPT ![w] = [NoTxn EXCEPT !.pc = "in", !.side = s, !.ep = fence[s].ep, !.cap = fence[s].cap]]
    /\ UNCHANGED <<db, truth, journal, xids, writes, Others>>

\* REPEATABLE READ: the snapshot is older than the wait for the lock.
Begin(w, s) ==
    /\ "repeatable-read" \in Features
    /\ txn[w].pc = "idle"
    /\ fence[s].st = "open"
    /\ txn' = [txn EXCEPT ![w] = [NoTxn EXCEPT !.pc = "snap", !.side = s, !.ep = fence[s].ep, !.cap = fence[s].cap]]
    /\ UNCHANGED <<db, truth, journal, xids, writes, Others>>

\* Rule "xmax": a row that has been changed since the snapshot refuses, whatever the snapshot shows.
EnterLate(w) ==
    LET t == txn[w]
        row == fence[t.side] IN
    /\ t.pc = "snap"
    /\ ~Exclusive(t.side)
    /\ txn' = [txn EXCEPT ![w] =
            IF "xmax" \in Without \/ (row.st = "open" /\ row.ep = t.ep) THEN [t EXCEPT !.pc = "in"] ELSE NoTxn]
    /\ UNCHANGED <<db, truth, journal, xids, writes, Others>>

\* The id is taken before the row's lock is waited for.
TakeXid(w) ==
    /\ "early-xid" \in Features
    /\ txn[w].pc = "in" /\ txn[w].xid = 0
    /\ xids < MaxXids
    /\ xids' = xids + 1
    /\ txn' = [txn EXCEPT ![w].xid = xids + 1]
    /\ UNCHANGED <<db, truth, journal, writes, Others>>

Write(w, k, v) ==
    LET t == txn[w]
        own == IF t.xid = 0 THEN xids + 1 ELSE t.xid IN
    /\ t.pc = "in"
    /\ Cardinality(t.ws) < TxnWrites /\ writes < MaxWrites
    /\ t.xid # 0 \/ ("early-xid" \notin Features /\ xids < MaxXids)
    /\ \A o \in Writers : txn[o].side = t.side => \A c \in txn[o].ws : c.k # k
    /\ v = writes + 1 \/ ("delete" \in Features /\ v = -(writes + 1) /\ db[t.side][k] > 0)
    /\ writes' = writes + 1
    /\ xids' = Max2(xids, own)
    /\ txn' = [txn EXCEPT ![w].xid = own, ![w].ws = @ \cup {[k |-> k, v |-> v]}]
    /\ UNCHANGED <<db, truth, journal, Others>>

Commit(w) ==
    LET t == txn[w]
        o == Max({Seq(c.v) : c \in t.ws})
        over(f) == [k \in Keys |-> IF \E c \in t.ws : c.k = k THEN (CHOOSE c \in t.ws : c.k = k).v ELSE f[k]] IN
    /\ t.ws # {}
    /\ db' = [db EXCEPT ![t.side] = over(@)]
    /\ truth' = over(truth)
    /\ journal' = IF t.cap
            THEN [journal EXCEPT ![t.side] = @ \cup {[x |-> t.xid, o |-> o, k |-> c.k, v |-> c.v, e |-> t.ep] : c \in t.ws}]
            ELSE journal
    /\ txn' = [txn EXCEPT ![w] = NoTxn]
    /\ UNCHANGED <<xids, writes, Others>>

\* Rolled back, crashed, or ended without a change.
Leave(w) ==
    /\ txn[w].pc # "idle"
    /\ txn' = [txn EXCEPT ![w] = NoTxn]
    /\ UNCHANGED <<db, truth, journal, xids, writes, Others>>

(***************************************************************************)
(* Appliers. A step holds the lane's row from before it reads the source   *)
(* until it commits on the target ("read"); between the pieces of one      *)
(* window it holds nothing but what it has in memory ("more").             *)
(***************************************************************************)
Holds(p, s) == ap[p].lane = s /\ ap[p].pc \in {"read", "checked"}
LaneFree(p) == \A q \in Appliers \ {p} : ~Holds(q, ap[p].lane)
\* Rule "token".
HasToken(p) == "token" \in Without \/ (ap[p].tok = lane[ap[p].lane].tok /\ LaneFree(p))
Forget(p) == [ap EXCEPT ![p] = Idle(@.lane, @.tok, @.known)]

Take(p, s) ==
    /\ ap[p].pc = "off"
    /\ lane[s].tok < MaxTokens
    /\ \A q \in Appliers : ~Holds(q, s)
    /\ lane' = [lane EXCEPT ![s].tok = @ + 1]
    /\ ap' = [ap EXCEPT ![p] = Idle(s, lane[s].tok + 1, 0)]
    /\ UNCHANGED <<fence, db, truth, journal, xids, writes, txn, copy, att, help, back>>

\* In a transaction of its own, before the source is read.
Learn(p) ==
    LET row == fence[Other(ap[p].lane)] IN
    /\ ap[p].pc = "idle"
    /\ "known-epoch" \notin Without
    /\ row.st = "following" /\ row.ep # ap[p].known
    /\ ap' = [ap EXCEPT ![p].known = row.ep]
    /\ UNCHANGED <<fence, db, truth, journal, xids, writes, txn, lane, copy, att, help, back>>

\* The lane's row, then one snapshot of the source: the window and, if there is work, the chunk and the fence row.
Read(p, work) ==
    LET a == ap[p]
        l == lane[a.lane]
        fresh == l.next = NoSnapshot
        end == IF fresh THEN Snapshot(a.lane) ELSE l.next
        win == {e \in journal[a.lane] :
                    Seen(end, e) /\ ~Seen(l.applied, e) /\ (fresh \/ Order(e) > l.after)}
        row == fence[a.lane] IN
    /\ a.pc = "idle" /\ HasToken(p)
    /\ a.known # 0 \/ "known-epoch" \in Without \/ fence[Other(a.lane)].st = "absent"
    /\ work \/ win # {}
    /\ work => /\ fresh
               /\ "work-at-a-boundary" \notin Without
               /\ "repair" \in Features \/ copy[Other(a.lane)].cur < Last
    /\ ap' = [ap EXCEPT ![p] =
            [a EXCEPT !.pc = "read", !.from = l.applied, !.end = end, !.fresh = fresh, !.win = win, !.work = work,
                      !.img = IF work THEN db[a.lane] ELSE Nothing,
                      !.sep = IF work /\ row.st = "open" /\ row.cap THEN row.ep ELSE 0]]
    /\ UNCHANGED <<fence, db, truth, journal, xids, writes, txn, lane, copy, att, help, back>>

\* The next piece of the window that is in memory.
Relock(p) ==
    /\ ap[p].pc = "more" /\ HasToken(p)
    /\ ap' = [ap EXCEPT ![p].pc = "read"]
    /\ UNCHANGED <<fence, db, truth, journal, xids, writes, txn, lane, copy, att, help, back>>

\* A step that fails, a crash, a session that the server ended. What was learnt stays known, which is the worse case.
Drop(p) ==
    /\ ap[p].pc \in {"read", "more", "checked", "chunk"}
    /\ ap' = Forget(p)
    /\ UNCHANGED <<fence, db, truth, journal, xids, writes, txn, lane, copy, att, help, back>>

\* Rule "known-epoch": following now, and at the epoch that was known before the source was read.
Writable(p) ==
    LET row == fence[Other(ap[p].lane)] IN
    row.st = "following" /\ ("known-epoch" \in Without \/ row.ep = ap[p].known)

\* Rules "copy-epoch" and "cursor": entries from before the copy are skipped, and those of rows that are not copied yet.
\* (A copy beside the lane has no use for a cursor: its lane applies everything.)
Wanted(e, c) ==
    /\ "copy-epoch" \in Without \/ e.e >= c.ep
    /\ Without \cap {"cursor", "work-at-a-boundary"} # {} \/ e.k <= c.cur

\* What a piece leaves of a row: the last image in the window's order.
Image(piece, k, old) ==
    LET own == {e \in piece : e.k = k} IN
    IF own = {} THEN old ELSE (CHOOSE e \in own : \A f \in own : f = e \/ Before(f, e)).v

Backwards(piece, old) ==
    \E e \in piece :
        \/ Seq(e.v) < Seq(old[e.k])
        \/ \E f \in piece : f.k = e.k /\ Before(e, f) /\ Seq(f.v) < Seq(e.v)

(***************************************************************************)
(* One transaction on the target: the tenant's shared lock, the look at    *)
(* its row, rows, chunk, cursor and position.                              *)
(***************************************************************************)
Apply(p, piece) ==
    LET a == ap[p]
        t == Other(a.lane)
        c == copy[t]
        last == piece = a.win
        entries == IF fence[t].st = "absent" THEN {} ELSE {e \in piece : Wanted(e, c)}
        rows == [k \in Keys |-> Image(entries, k, db[t][k])]
        \* Rule "chunk-epoch": the snapshot sees the epoch at which this copy's capture began.
        works == /\ last /\ a.fresh /\ a.work /\ fence[t].st # "absent"
                 /\ "chunk-epoch" \in Without \/ (a.sep > 0 /\ a.sep >= c.ep)
        chunk == IF c.cur < Last THEN {c.cur + 1} ELSE Keys
        \* A chunk is what there is; a repair deletes too.
        put(k) == IF a.img[k] > 0 \/ k <= c.cur THEN a.img[k] ELSE rows[k] IN
    /\ a.pc = IF "applier-lock" \in Without THEN "checked" ELSE "read"
    /\ \/ last
       \/ /\ "pieces" \in Features
          /\ piece # {}
          /\ \A e \in piece, f \in a.win \ piece : Order(e) < Order(f)
    /\ \/ "applier-lock" \in Without
       \/ /\ ~Exclusive(t)
          /\ Writable(p) \/ fence[t].st = "absent"
    /\ \E k \in IF works THEN chunk ELSE {0} :
        LET new == IF k = 0 THEN rows ELSE [rows EXCEPT ![k] = put(k)] IN
        /\ db' = [db EXCEPT ![t] = new]
        /\ copy' = IF k > c.cur THEN [copy EXCEPT ![t].cur = k] ELSE copy
        /\ back' = (back \/ Backwards(entries, db[t]) \/ (k # 0 /\ Seq(put(k)) < Seq(rows[k])))
    /\ lane' = [lane EXCEPT ![a.lane] =
            IF last THEN [@ EXCEPT !.applied = a.end, !.next = NoSnapshot, !.after = 0]
            ELSE [@ EXCEPT !.applied = a.from, !.next = a.end, !.after = Max({Order(e) : e \in piece})]]
    /\ ap' = IF last THEN Forget(p) ELSE [ap EXCEPT ![p].pc = "more", ![p].win = a.win \ piece]
    /\ UNCHANGED <<fence, truth, journal, xids, writes, txn, att, help>>

\* Only without rule "applier-lock": the row is looked at, and written later.
Check(p) ==
    /\ "applier-lock" \in Without
    /\ ap[p].pc = "read" /\ Writable(p)
    /\ ap' = [ap EXCEPT ![p].pc = "checked"]
    /\ UNCHANGED <<fence, db, truth, journal, xids, writes, txn, lane, copy, att, help, back>>

\* Only without rule "position-with-rows": the position is stored, and then the process dies.
StoreAlone(p) ==
    /\ "position-with-rows" \in Without
    /\ ap[p].pc = "read" /\ Writable(p)
    /\ lane' = [lane EXCEPT ![ap[p].lane] = [@ EXCEPT !.applied = ap[p].end, !.next = NoSnapshot, !.after = 0]]
    /\ ap' = Forget(p)
    /\ UNCHANGED <<fence, db, truth, journal, xids, writes, txn, copy, att, help, back>>

\* Only without rule "work-at-a-boundary": the chunk is read beside the lane, and inserted where there is no row.
ReadBeside(p) ==
    LET a == ap[p] IN
    /\ "work-at-a-boundary" \in Without
    /\ a.pc = "idle" /\ Writable(p) /\ copy[Other(a.lane)].cur < Last /\ fence[a.lane].cap
    /\ ap' = [ap EXCEPT ![p].pc = "chunk", ![p].img = db[a.lane]]
    /\ UNCHANGED <<fence, db, truth, journal, xids, writes, txn, lane, copy, att, help, back>>

WriteBeside(p) ==
    LET a == ap[p]
        t == Other(a.lane)
        k == copy[t].cur + 1 IN
    /\ a.pc = "chunk" /\ Writable(p) /\ ~Exclusive(t) /\ k <= Last
    /\ db' = [db EXCEPT ![t][k] = IF @ > 0 THEN @ ELSE a.img[k]]
    /\ copy' = [copy EXCEPT ![t].cur = k]
    /\ ap' = Forget(p)
    /\ UNCHANGED <<fence, truth, journal, xids, writes, txn, lane, att, help, back>>

(***************************************************************************)
(* Attempts to move authority, in either direction: the numbered steps of  *)
(* the cutover. An attempt that loses its session on the authority goes on *)
(* until it notices.                                                       *)
(***************************************************************************)
Rest == <<truth, journal, xids, writes, txn, lane, ap, back>>
First(c) == att[c].pc = "new" /\ \A d \in Attempts : d < c => att[d].pc # "new"
Done(c) == [att EXCEPT ![c] = [NoAttempt EXCEPT !.pc = "done"]]
\* Epochs grow strictly: above both sides.
Above(r, q) == 1 + Max2(r.ep, q.ep)

\* 1: readiness, before the lock.
Ready(c, x) ==
    LET y == Other(x) IN
    /\ "move" \in Kinds /\ First(c)
    /\ fence[x].st = "open" /\ fence[x].cap /\ fence[y].st = "following"
    /\ copy[y].cur = Last
    /\ "drain-under-lock" \in Without => Outside(x) = {}
    /\ att' = [att EXCEPT ![c] = [@ EXCEPT !.pc = "ready", !.x = x, !.n = fence[x], !.m = fence[y]]]
    /\ UNCHANGED <<fence, db, copy, help, Rest>>

\* 3: the lock; under it both rows. Rule "same-rows": they are those that the readiness was checked with.
Lock(c) ==
    LET a == att[c]
        y == Other(a.x) IN
    /\ a.pc = "ready" /\ CanLock(a.x)
    /\ att' = IF fence[a.x] = a.n /\ fence[y].st = "following" /\ ("same-rows" \in Without \/ fence[y] = a.m)
            THEN [att EXCEPT ![c] = [a EXCEPT !.pc = "held", !.m = fence[y], !.e = Above(a.n, fence[y]), !.alive = TRUE]]
            ELSE Done(c)
    /\ UNCHANGED <<fence, db, copy, help, Rest>>

\* 4: under the lock, the position first and then the journal, which cannot grow meanwhile. Rule "drain-under-lock".
Drain(c) ==
    /\ att[c].pc = "held"
    /\ "drain-under-lock" \in Without \/ Outside(att[c].x) = {}
    /\ att' = [att EXCEPT ![c].pc = "drained"]
    /\ UNCHANGED <<fence, db, copy, help, Rest>>

\* 5: one string, which may arrive long after the session on the authority is gone. Rule "ready": nobody may write yet.
\* Rule "exact": it changes the very row that step 3 has read.
Prepare(c) ==
    LET a == att[c]
        y == Other(a.x) IN
    /\ a.pc = "drained"
    /\ ~Exclusive(y) /\ ~Entered(y) /\ ("applier-lock" \in Without \/ ~Applying(y))
    /\ IF fence[y] = a.m \/ ("exact" \in Without /\ fence[y].st = "following")
       THEN /\ fence' = [fence EXCEPT ![y] =
                    [st |-> IF "ready" \in Without THEN "open" ELSE "ready", ep |-> a.e, by |-> c, cap |-> TRUE]]
            /\ att' = [att EXCEPT ![c].pc = "prepared"]
       ELSE /\ att' = Done(c)
            /\ UNCHANGED fence
    /\ UNCHANGED <<db, copy, help, Rest>>

\* 6: in the session that has held the lock since 3. Rule "one-session".
Switch(c) ==
    LET a == att[c] IN
    /\ a.pc = "prepared"
    /\ a.alive \/ "one-session" \in Without
    /\ fence' = IF fence[a.x] = a.n
            THEN [fence EXCEPT ![a.x] = [st |-> "following", ep |-> a.e, by |-> c, cap |-> FALSE]]
            ELSE fence
    /\ att' = Done(c)
    /\ UNCHANGED <<db, copy, help, Rest>>

\* The server ends the session on the authority: a time-out, a crash of the coordinator, a lost network.
Lose(c) ==
    LET a == att[c] IN
    /\ a.alive
    /\ att' = IF a.pc = "held" \/ (a.pc = "prepared" /\ "one-session" \notin Without)
            THEN Done(c)
            ELSE [att EXCEPT ![c].alive = FALSE]
    /\ UNCHANGED <<fence, db, copy, help, Rest>>

(***************************************************************************)
(* Attempts to begin a copy: SOURCE_ONLY to DUAL_WRITE. The purge of what  *)
(* the target holds is part of Follow.                                     *)
(***************************************************************************)
BeginCopy(c) ==
    /\ "follow" \in Kinds /\ First(c)
    /\ fence["A"].st = "open" /\ ~fence["A"].cap
    /\ fence["B"].st \in {"absent", "following"}
    /\ att' = [att EXCEPT ![c] = [@ EXCEPT !.pc = "f-ready", !.n = fence["A"], !.m = fence["B"]]]
    /\ UNCHANGED <<fence, db, copy, help, Rest>>

LockToFollow(c) ==
    LET a == att[c] IN
    /\ a.pc = "f-ready" /\ CanLock("A")
    /\ att' = IF fence["A"] = a.n THEN [att EXCEPT ![c] = [a EXCEPT !.pc = "f-held", !.alive = TRUE]] ELSE Done(c)
    /\ UNCHANGED <<fence, db, copy, help, Rest>>

\* Rule "follow-under-lock": what changes the target's row cannot commit after the lock on the authority has gone.
Follow(c) ==
    LET a == att[c]
        row == [st |-> "following", ep |-> Above(a.n, fence["B"]), by |-> c, cap |-> FALSE] IN
    /\ a.pc = "f-held"
    /\ a.alive \/ "follow-under-lock" \in Without
    /\ IF fence["B"].st \in {"absent", "following"}
       THEN /\ fence' = [fence EXCEPT !["B"] = row]
            /\ copy' = [copy EXCEPT !["B"] = [ep |-> row.ep, cur |-> 0]]
            /\ db' = [db EXCEPT !["B"] = Nothing]
            /\ att' = [att EXCEPT ![c] = [a EXCEPT !.pc = "f-followed", !.m = row, !.alive = FALSE]]
       ELSE /\ att' = Done(c)
            /\ UNCHANGED <<fence, copy, db>>
    /\ UNCHANGED <<help, Rest>>

\* The fence on the source: every write from here on is captured. Rule "capture-under-lock": nobody writes meanwhile.
Capture(c) ==
    LET a == att[c] IN
    /\ a.pc = "f-followed"
    /\ ~Exclusive("A")
    /\ "capture-under-lock" \in Without \/ CanLock("A")
    /\ fence' = IF fence["A"] = a.n /\ fence["B"] = a.m
            THEN [fence EXCEPT !["A"] = [st |-> "open", ep |-> a.m.ep, by |-> c, cap |-> TRUE]]
            ELSE fence
    /\ att' = Done(c)
    /\ UNCHANGED <<db, copy, help, Rest>>

(***************************************************************************)
(* Attempts to void a copy: DUAL_WRITE to SOURCE_ONLY.                     *)
(***************************************************************************)
BeginVoid(c) ==
    /\ "void" \in Kinds /\ First(c)
    /\ fence["A"].st = "open" /\ fence["A"].cap
    /\ att' = [att EXCEPT ![c] = [@ EXCEPT !.pc = "v-ready", !.n = fence["A"], !.m = fence["B"]]]
    /\ UNCHANGED <<fence, db, copy, help, Rest>>

Uncapture(c) ==
    LET a == att[c] IN
    /\ a.pc = "v-ready" /\ CanLock("A")
    /\ IF fence["A"] = a.n
       THEN /\ fence' = [fence EXCEPT !["A"] = [st |-> "open", ep |-> Above(a.n, a.m), by |-> c, cap |-> FALSE]]
            /\ att' = [att EXCEPT ![c] = [a EXCEPT !.pc = "v-fenced"]]
       ELSE /\ att' = Done(c)
            /\ UNCHANGED fence
    /\ UNCHANGED <<db, copy, help, Rest>>

\* Reads both rows again, the authority's under its shared lock. Anybody may do it who finds SOURCE_ONLY beside following.
LookToVoid(c) ==
    LET a == att[c] IN
    /\ a.pc = "v-fenced" /\ ~Exclusive("A")
    /\ att' = IF fence["A"].st = "open" /\ ~fence["A"].cap /\ fence["B"].st = "following"
            THEN [att EXCEPT ![c] = [a EXCEPT !.pc = "v-looked", !.n = fence["A"], !.m = fence["B"]]]
            ELSE Done(c)
    /\ UNCHANGED <<fence, db, copy, help, Rest>>

\* Exactly the row that was read; it may arrive late. Rule "void-epoch": it never lowers the epoch.
Void(c) ==
    LET a == att[c] IN
    /\ a.pc = "v-looked"
    /\ ~Exclusive("B")
    /\ IF fence["B"] = a.m
       THEN /\ fence' = [fence EXCEPT !["B"] =
                    [st |-> "absent", by |-> a.n.by, cap |-> FALSE,
                     ep |-> IF "void-epoch" \in Without THEN a.n.ep ELSE Max2(a.n.ep, a.m.ep)]]
            /\ copy' = [copy EXCEPT !["B"] = NoCopy]
       ELSE UNCHANGED <<fence, copy>>
    /\ att' = Done(c)
    /\ UNCHANGED <<db, help, Rest>>

(***************************************************************************)
(* Recovery, by anybody: step 7, or the way back from an attempt that died.*)
(***************************************************************************)
See(h, y) ==
    /\ help[h].pc = "none" /\ fence[y].st = "ready"
    /\ help' = [help EXCEPT ![h] = [NoHelp EXCEPT !.pc = "saw", !.y = y, !.row = fence[y]]]
    /\ UNCHANGED <<fence, db, copy, att, Rest>>

\* Rule "try-lock": while the attempt's session may live, a row that says open may say following a moment later.
Decide(h) ==
    LET seen == help[h]
        there == fence[Other(seen.y)]
        free == "try-lock" \in Without \/ ~Exclusive(Other(seen.y))
        to == CASE free /\ there.st = "open" -> "following"
                [] free /\ there.st = "following" /\ there.ep = seen.row.ep /\ there.by = seen.row.by -> "open"
                [] OTHER -> "none" IN
    /\ seen.pc = "saw"
    /\ help' = [help EXCEPT ![h] = IF to = "none" THEN NoHelp ELSE [seen EXCEPT !.pc = "knows", !.to = to]]
    /\ UNCHANGED <<fence, db, copy, att, Rest>>

\* Rule "recovery-exact": it changes the very row that it has seen.
Recover(h) ==
    LET known == help[h] IN
    /\ known.pc = "knows"
    /\ fence' = IF fence[known.y] = known.row \/ ("recovery-exact" \in Without /\ fence[known.y].st = "ready")
            THEN [fence EXCEPT ![known.y] = [@ EXCEPT !.st = known.to, !.cap = (known.to = "open")]]
            ELSE fence
    /\ help' = [help EXCEPT ![h] = NoHelp]
    /\ UNCHANGED <<db, copy, att, Rest>>

\* Only without rule "both-lanes": the lane of the other direction begins with what it finds after the cutover.
StartReverse ==
    /\ "both-lanes" \in Without
    /\ fence["B"].st = "open" /\ lane["B"].applied = FirstSnapshot
    /\ lane' = [lane EXCEPT !["B"].applied = Snapshot("B")]
    /\ UNCHANGED <<fence, db, truth, journal, xids, writes, txn, copy, ap, att, help, back>>

(******************************************************************************)
Writer(w) ==
    \/ \E s \in Sides : Enter(w, s) \/ Begin(w, s)
    \/ EnterLate(w) \/ TakeXid(w) \/ Commit(w) \/ Leave(w)
    \/ \E k \in Keys : Write(w, k, writes + 1) \/ Write(w, k, -(writes + 1))

Step(p) == \E work \in BOOLEAN : Read(p, work)
Piece(p) == \E piece \in IF "pieces" \in Features THEN SUBSET ap[p].win ELSE {ap[p].win} : Apply(p, piece)

Applier(p) ==
    \/ \E s \in Sides : Take(p, s)
    \/ Learn(p) \/ Step(p) \/ Relock(p) \/ Piece(p) \/ Drop(p)
    \/ Check(p) \/ StoreAlone(p) \/ ReadBeside(p) \/ WriteBeside(p)

Attempt(c) ==
    \/ \E x \in Sides : Ready(c, x)
    \/ Lock(c) \/ Drain(c) \/ Prepare(c) \/ Switch(c) \/ Lose(c)
    \/ BeginCopy(c) \/ LockToFollow(c) \/ Follow(c) \/ Capture(c)
    \/ BeginVoid(c) \/ Uncapture(c) \/ LookToVoid(c) \/ Void(c)

Recovery(h) == (\E y \in Sides : See(h, y)) \/ Decide(h) \/ Recover(h)

Next ==
    \/ \E w \in Writers : Writer(w)
    \/ \E p \in Appliers : Applier(p)
    \/ \E c \in Attempts : Attempt(c)
    \/ \E h \in Helpers : Recovery(h)
    \/ StartReverse

Spec == Init /\ [][Next]_vars

GiveUp(p) == Drop(p) /\ ~Writable(p)

\* Appliers that are let run, a server that ends sessions in time, somebody who recovers. Nothing is asked of writers
\* and coordinators.
Fair ==
    /\ \A p \in Appliers : /\ \A s \in Sides : WF_vars(Take(p, s))
                           /\ SF_vars(Learn(p)) /\ SF_vars(Step(p)) /\ SF_vars(Piece(p)) /\ SF_vars(Relock(p))
                           /\ WF_vars(GiveUp(p))
    /\ \A c \in Attempts : WF_vars(Lose(c))
    /\ \A h \in Helpers : SF_vars(Recovery(h))
LiveSpec == Spec /\ Fair

(********************************* invariants *********************************)
Open == {s \in Sides : fence[s].st = "open"}
\* The copy on y belongs to the capture that runs on x.
Follows(x) ==
    LET y == Other(x) IN
    fence[x].st = "open" /\ fence[x].cap /\ fence[y].st \in {"following", "ready"} /\ copy[y].ep <= fence[x].ep

\* G1. An acknowledged change is where the application reads and writes; and of every row that has been copied the
\* last one is on the other side too, or in the journal outside the position.
G1_NoLostWrite ==
    /\ \A s \in Open : Same(db[s], truth)
    /\ \A y \in Sides : LET x == Other(y) IN
        fence[y].st = "ready" /\ fence[x].st = "following" /\ fence[y].ep = fence[x].ep /\ fence[y].by = fence[x].by
            => Same(db[y], truth)
    /\ \A x \in Sides : Follows(x) =>
        LET y == Other(x)
            left == {e \in Outside(x) : e.e >= copy[y].ep} IN
        \A k \in Keys : k <= copy[y].cur =>
            LET own == {e \in left : e.k = k} IN
            There(truth[k]) =
                There(IF own = {} THEN db[y][k] ELSE (CHOOSE e \in own : \A f \in own : Seq(f.v) <= Seq(e.v)).v)

\* G2. At most one side is open; who has entered has entered there, at its epoch, and is captured if it says so.
G2_OneAuthority ==
    /\ Cardinality(Open) <= 1
    /\ \A w \in Writers : txn[w].pc = "in" =>
        LET row == fence[txn[w].side] IN row.st = "open" /\ row.ep = txn[w].ep /\ row.cap = txn[w].cap

\* G3. Nothing left to apply: both sides are equal.
G3_Convergence ==
    \A x \in Sides : Follows(x) /\ copy[Other(x)].cur = Last /\ Outside(x) = {} => Same(db[x], db[Other(x)])

\* G4. No row ever goes back; of a transaction all changes are on the other side, or none.
G4_Order == ~back
G4_WholeTransactions ==
    \A x \in Sides : Follows(x) =>
        LET y == Other(x)
            here(e) == Seq(db[y][e.k]) >= Seq(e.v)
            all == {e \in journal[x] : e.e >= copy[y].ep /\ e.k <= copy[y].cur} IN
        \A e, f \in all : e.x = f.x => (here(e) <=> here(f))

\* No tenant without a home: if no side is open, what the two rows say lets anybody open one.
OneSideCanOpen ==
    Open # {} \/ \E y \in Sides :
        LET row == fence[y]
            there == fence[Other(y)] IN
        row.st = "ready" /\ there.st = "following" /\ there.ep = row.ep /\ there.by = row.by

\* A copy that is kept up to date is of the capture that runs: else no chunk would ever count.
CopyIsOfThisCapture ==
    fence["A"].st = "open" /\ fence["A"].cap /\ fence["B"].st \in {"following", "ready"} => copy["B"].ep <= fence["A"].ep

\* What the epoch's memory of the appliers rests upon.
EpochsGrow == [][\A s \in Sides : fence'[s].ep >= fence[s].ep]_vars

\* Liveness: there comes a time from which on nothing is left to apply.
Drains == <>[](\A x \in Sides : Follows(x) => Outside(x) = {})
\* And one side is open: no tenant without a home, though every coordinator may die.
Home == <>[](Open # {})

Symmetric == Permutations(Writers) \cup Permutations(Appliers) \cup Permutations(Helpers)
================================================================================
