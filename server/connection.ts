// Connection: one client, from its hello to its end.
//
// Everything that arrives is somebody else's: it is decoded within limits, checked as it is read, and costs nobody but
// its sender. A message that is not of the protocol's form ends this connection; a transaction that cannot be carried out
// is refused, by itself, and leaves no trace.
//
// Not here: carrying out what it asks (client-batch.ts, client-undo.ts), what it is answered (outcomes.ts, owed.ts), and
// whether it keeps up (backlog.ts).

import type { AuthorityTree } from "../core/authority.ts";
import type { Channel, ChannelEvents } from "../core/channel.ts";
import type { Clock } from "../core/clock.ts";
import { CodecError, decode, encode } from "../core/codec.ts";
import { type ErrorCode, ObjectSyncError } from "../core/error.ts";
import { bad } from "../core/parse.ts";
import type { Author } from "../core/transaction.ts";
import {
  type Batch,
  type ClientMessage,
  CloseCode,
  type Hello,
  MessageCode,
  parseClientMessage,
  parseClientTransaction,
  type ServerMessage,
  type Undo,
} from "../core/wire.ts";
import { Backlog } from "./backlog.ts";
import { Budget } from "./budget.ts";
import { ClientBatch, versionsOf } from "./client-batch.ts";
import { undoFor } from "./client-undo.ts";
import { closeReason } from "./close-reason.ts";
import type { IdLeases } from "./id-leases.ts";
import type { Limits } from "./limits.ts";
import { Outcomes } from "./outcomes.ts";
import { Owed } from "./owed.ts";
import type { Publisher } from "./publisher.ts";
import type { Recipient, Scope } from "./scope.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A client as the server's program sees it. */
export interface ServerClient {
  /** The public id: a positive integer, of this connection only. */
  readonly id: number;
  /** The tree that it sees. */
  readonly tree: AuthorityTree;
  /** Closes the connection. The client does not come back by itself. `message` is for the client, at most 123 bytes. */
  disconnect(message?: string): void;
}

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly publisher: Publisher;
  readonly limits: Limits;
  readonly clock: Clock;
  nextClientId(): number;
  /** The client is about to get the state. */
  connected(client: ServerClient): void;
  /** It has gone. Called once after `connected`. */
  disconnected(client: ServerClient): void;
  /** The application's own code failed. */
  failed(error: unknown, where: string): void;
}

type State =
  | { readonly name: "greeting"; readonly cancelTimeout: () => void }
  /** The tree became another one: until the client says hello to it, what it sends is meant for the old. */
  | { readonly name: "renewing"; readonly client: ServerClient; readonly cancelTimeout: () => void }
  | { readonly name: "live"; readonly client: ServerClient }
  /** Too slow: nothing is queued until what waits has been read. */
  | { readonly name: "behind"; readonly client: ServerClient; readonly cancelLook: () => void }
  | { readonly name: "closed" };

/** A frame of nothing. */
const HEARTBEAT = encode([MessageCode.frame]);

/** What reading a byte costs, of a message or of its text: see `Limits.maxStepsPerSecond`. */
export const STEPS_PER_BYTE_READ = 10;

/** What a byte of a state costs that a client opens: it may have to be encoded. */
const STEPS_PER_BYTE_OPENED = 5;

/** What a byte of an answer costs: it holds newest values. */
const STEPS_PER_BYTE_ANSWERED = 5;

/** An array or object takes some hundred times the memory that it took on the wire. */
const DECODE_LIMITS = { maxDepth: 64, maxContainers: 30_000 };

/** What an open costs beside what it sends. */
const STEPS_PER_OPEN = 5_000;

/** What an undo costs beside what it changes: the history is walked. */
const STEPS_PER_UNDO = 50_000;

/**
 * How many seconds' worth of steps an undo may take beyond those that a client has: with these it brings back whatever text
 * one batch can delete, each character of which is 17 times the work then.
 */
const UNDO_CREDIT_SECONDS = 16;

/** See the head of this file. */
export class Connection implements ChannelEvents, Recipient {
  readonly scopes = new Set<Scope>();
  readonly #host: ConnectionHost;
  readonly #channel: Channel;
  readonly #backlog: Backlog;
  readonly #messages: TokenBucket;
  /** Those of the client, once it is known who it is: it has them also when it comes back. */
  #steps: TokenBucket;
  /** Of the states that it has opened. */
  readonly #opened: TokenBucket;
  /** None before the welcome. */
  #ids: IdLeases | undefined;
  #state: State;
  readonly #owed: Owed;
  /** Of the last transaction that the client has sent: those of the next batch have greater numbers. */
  #lastNumber = 0;
  /** Of the last batch, which is that of its first transaction: a result names the batch, and counts from there. */
  #batchNumber = 0;
  /** Of the tree that the client was welcomed to last. */
  #epoch = "";
  #cancelBeat: (() => void) | undefined;
  /** Whether the application is being told of the client: until all have heard that it came, none hears that it went. */
  #isIntroducing = false;
  #endAfterwards: [code: number, reason: string] | undefined;

  constructor(host: ConnectionHost, channel: Channel) {
    const { limits, clock } = host;
    this.#host = host;
    this.#channel = channel;
    this.#backlog = new Backlog(channel, clock, limits.maxBufferedBytes);
    this.#owed = new Owed(limits.maxOpenScopes);
    this.#messages = new TokenBucket(limits.maxMessagesPerSecond, 2, clock);
    // It owes the credit at first: who comes again and again as another would never pay it back.
    this.#steps = new TokenBucket(limits.maxStepsPerSecond, 4, clock, UNDO_CREDIT_SECONDS);
    this.#opened = new TokenBucket(limits.maxStepsPerSecond, 4, clock);
    this.#state = { name: "greeting", cancelTimeout: this.#awaitHello() };
  }

  message(bytes: Uint8Array): void {
    if (this.#state.name === "closed") return;
    if (!this.#messages.take()) return this.end(CloseCode.tooMany, "too many messages");
    if (bytes.length > this.#host.limits.maxMessageBytes)
      return this.end(CloseCode.tooLarge, "the message is too large");
    if (!this.#steps.take(bytes.length * STEPS_PER_BYTE_READ)) return this.end(CloseCode.tooMany, "too much work");
    try {
      this.#handle(parseClientMessage(decode(bytes, DECODE_LIMITS)));
    } catch (error) {
      if (error instanceof CodecError || error instanceof ObjectSyncError) {
        const isTooMany = error instanceof CodecError && error.reason === "too_many";
        return this.end(isTooMany ? CloseCode.tooMany : CloseCode.badMessage, error.message);
      }
      // An error of our own making: it costs this client its connection, and nobody else anything.
      this.#host.failed(error, "a message of a client");
      this.end(CloseCode.badMessage, "the message could not be carried out");
    }
  }

  close(): void {
    const state = this.#state;
    this.#state = { name: "closed" };
    this.#cancelBeat?.();
    if (state.name === "greeting" || state.name === "renewing") state.cancelTimeout();
    if (state.name === "behind") state.cancelLook();
    this.#owed.clear();
    // Of a tree that was there before they mean nothing.
    if (this.#ids && this.#epoch === this.#host.publisher.epoch) this.#host.publisher.leases.leave(this.#ids);
    if (state.name === "greeting" || state.name === "closed") return;
    this.#host.publisher.leave(this);
    this.#host.disconnected(state.client);
  }

  /** Closes the channel with a code, and a reason that the client gets to see. */
  end(code: number, reason: string): void {
    if (this.#state.name === "closed") return;
    if (this.#isIntroducing) {
      this.#endAfterwards ??= [code, reason];
      return;
    }
    this.#channel.close(code, closeReason(reason));
    this.close();
  }

  /** Sends a frame, unless the client is too slow for it. */
  sendFrame(frame: Uint8Array): void {
    if (this.#state.name === "live" && !this.#backlog.send(frame)) this.#fallBehind(this.#state.client);
  }

  sendState(frame: Uint8Array): void {
    if (this.#state.name === "live" && !this.#backlog.sendSnapshot(frame)) this.#fallBehind(this.#state.client);
  }

  sendRefused(scope: number, code: ErrorCode): void {
    if (this.#state.name === "closed" || this.#state.name === "renewing") return;
    // It asks on and on, and does not read the answers.
    if (!this.#owed.refuse(scope, code)) return this.end(CloseCode.tooMany, "too many scopes");
    this.#host.publisher.owe(this);
  }

  sendCommitted({ client, transaction }: Author): void {
    if ((this.#state.name !== "live" && this.#state.name !== "behind") || client !== this.#state.client.id) return;
    const number = this.#batchNumber;
    this.#owe(() => [MessageCode.result, number, [transaction - number]]);
  }

  /** Sends what this client alone is owed; while it is too slow the rest stays owed. */
  sendOwed(): void {
    while (this.#state.name === "live") {
      const message = this.#owed.take();
      if (!message) return;
      this.#steps.spend(message.length * STEPS_PER_BYTE_ANSWERED);
      this.sendFrame(message);
    }
  }

  restart(): void {
    const state = this.#state;
    if (state.name !== "live" && state.name !== "behind") return;
    if (state.name === "behind") state.cancelLook();
    this.#owed.clear();
    this.#sendWelcome(state.client);
    this.#state = { name: "renewing", client: state.client, cancelTimeout: this.#awaitHello() };
  }

  #handle(message: ClientMessage): void {
    if (this.#state.name === "renewing" && message[0] !== MessageCode.hello) return;
    switch (message[0]) {
      case MessageCode.hello:
        this.#greet(message);
        break;
      case MessageCode.batch:
        this.#carryOut(message, this.#introduced());
        break;
      case MessageCode.open:
        this.#introduced();
        this.#open(message[1]);
        break;
      case MessageCode.close:
        this.#introduced();
        this.#host.publisher.close(this, message[1]);
        break;
      case MessageCode.undo:
        this.#undo(message, this.#introduced());
    }
  }

  /** Who has said hello. */
  #introduced(): ServerClient {
    if (this.#state.name === "live" || this.#state.name === "behind") return this.#state.client;
    throw bad("a message before the hello");
  }

  #undo([, request, objectId, isRedo]: Undo, client: ServerClient): void {
    const canBorrow = this.#steps.isLending;
    if (!this.#steps.take(STEPS_PER_UNDO)) return this.end(CloseCode.tooMany, "too much work");
    if (this.#owed.isFull) return this.end(CloseCode.tooMany, "too many requests");
    const { publisher, limits } = this.#host;
    const spend = (steps: number): boolean =>
      this.#steps.take(steps) || (canBorrow && this.#steps.borrow(steps, UNDO_CREDIT_SECONDS));
    const owner = this.#ids?.owner ?? client.id;
    const asker = { publisher, recipient: this, client: client.id, owner, maxObjects: limits.maxObjects, spend };
    const { undone, skipped, reason, label } = undoFor(asker, objectId, isRedo);
    this.#owe(() => [MessageCode.undone, request, undone, skipped, reason ?? null, label ?? null]);
  }

  /** However large a state is, it is sent; but while what was sent is too much, no more is opened. */
  #open(scope: number): void {
    if (this.#opened.isOverdrawn) return this.sendRefused(scope, "too_many");
    this.#opened.spend(STEPS_PER_OPEN + this.#host.publisher.open(this, scope) * STEPS_PER_BYTE_OPENED);
  }

  #greet(hello: Hello): void {
    const state = this.#state;
    if (state.name === "live" || state.name === "behind" || state.name === "closed") throw bad("a second hello");
    if ((hello[2]?.length ?? 0) > this.#host.limits.maxOpenScopes) throw bad("more scopes than may be open");
    state.cancelTimeout();
    if (state.name === "greeting") this.#welcome(hello);
    else {
      this.#state = { name: "live", client: state.client };
      this.#join();
    }
  }

  #welcome([, epochBefore, scopes, idKey]: Hello): void {
    const { publisher } = this.#host;
    const client: ServerClient = {
      id: this.#host.nextClientId(),
      tree: publisher.tree,
      disconnect: (message = "disconnected by the server") => this.end(CloseCode.disconnected, message),
    };
    this.#state = { name: "live", client };
    this.#sendWelcome(client, epochBefore === publisher.epoch ? idKey : undefined);
    this.#beat(this.#host.limits.pingIntervalMs);
    // Before the state is sent: so the client sees at once what this makes.
    this.#isIntroducing = true;
    this.#host.connected(client);
    this.#isIntroducing = false;
    if (this.#endAfterwards) this.end(...this.#endAfterwards);
    if (this.#isLive()) this.#join(epochBefore === this.#epoch ? scopes : []);
  }

  /** Sends the state, unless the application has loaded another tree since the welcome: then it begins anew. */
  #join(scopes: readonly number[] = []): void {
    const { publisher } = this.#host;
    if (this.#epoch === publisher.epoch) publisher.join(this, scopes);
    if (this.#epoch !== publisher.epoch) this.restart();
  }

  #sendWelcome({ id }: ServerClient, idKey?: string): void {
    const { limits, publisher } = this.#host;
    const { pingIntervalMs, maxMessageBytes, maxBatchTransactions } = limits;
    this.#epoch = publisher.epoch;
    const ids = publisher.leases.claim(idKey, id);
    this.#ids = ids;
    this.#steps = publisher.leases.stepsOf(ids, this.#steps);
    const { first, count } = ids.renew(limits.idsPerClient);
    const lengths = [pingIntervalMs, maxMessageBytes, maxBatchTransactions];
    this.#channel.send(encode([MessageCode.welcome, id, this.#epoch, ...lengths, first, count, ids.key]));
  }

  /** Sees to it that the client has ids left for new objects. */
  #lease(): void {
    const { idsPerClient } = this.#host.limits;
    const ids = this.#ids;
    if (!ids || ids.left >= idsPerClient / 2) return;
    const { first, count } = ids.add(idsPerClient);
    this.#owe(() => [MessageCode.ids, first, count]);
  }

  /** Ends the connection unless a hello comes in time. Returns what ends the waiting. */
  #awaitHello(): () => void {
    const { clock, limits } = this.#host;
    return clock.after(limits.helloTimeoutMs, () => this.end(CloseCode.helloTimeout, "no hello came"));
  }

  #carryOut([, number, bases, ...transactions]: Batch, client: ServerClient): void {
    const { publisher, limits } = this.#host;
    if (number <= this.#lastNumber) throw bad("the number of a batch must grow");
    // Others are told the numbers, and could not read larger ones.
    if (!Number.isSafeInteger(number + transactions.length)) throw bad("the number of a batch is too large");
    if (transactions.length > limits.maxBatchTransactions) throw bad("a batch of too many transactions");
    if (this.#owed.isFull) return this.end(CloseCode.tooMany, "too many batches");
    this.#lastNumber = number + transactions.length - 1;
    this.#batchNumber = number;
    const outcomes = new Outcomes(number, this, publisher);
    const budget = new Budget(limits.maxStepsPerSecond);
    const versions = versionsOf(bases, this, publisher);
    const ids = this.#ids as IdLeases;
    const batch = new ClientBatch(
      { publisher, maxObjects: limits.maxObjects, failed: (error, where) => this.#host.failed(error, where) },
      { recipient: this, client: client.id, versions, ids },
      budget,
    );
    for (const [offset, transaction] of transactions.entries()) {
      // The application may have closed the connection, or loaded another tree.
      if (!this.#isLive() && !this.#isBehind()) return;
      const author = { client: client.id, transaction: number + offset, owner: ids.owner };
      const { label, ops } = parseClientTransaction(transaction);
      const refusal = batch.attempt(ops, author, label);
      const { latest } = batch;
      if (refusal) outcomes.refused(offset, refusal);
      // While it is behind it is not sent the stream, which else tells that this was committed.
      else if (latest.size > 0 || !publisher.isTold(this, author) || this.#isBehind())
        outcomes.committed(offset, latest);
    }
    this.#lease();
    if (!this.#steps.take(budget.spent)) return this.end(CloseCode.tooMany, "too much work");
    if (!outcomes.isEmpty) this.#owe(() => outcomes.message());
  }

  /** Sends a message after the next frame; it is made then. */
  #owe(message: () => ServerMessage): void {
    this.#owed.add(message);
    this.#host.publisher.owe(this);
  }

  #fallBehind(client: ServerClient): void {
    const { publisher } = this.#host;
    const cancelLook = this.#backlog.whenRead(() => {
      // Not to this one yet: it is part of the state.
      publisher.flush();
      // The application may have closed the connection by then, or loaded another tree.
      if (!this.#isBehind()) return;
      this.#state = { name: "live", client };
      publisher.sendAll(this, this.#owed.takeResults());
      publisher.owe(this);
    });
    this.#state = { name: "behind", client, cancelLook };
  }

  /** Lets the client know, again and again, that the server is there: a browser tells its page nothing of pings. */
  #beat(intervalMs: number): void {
    this.#cancelBeat = this.#host.clock.after(intervalMs, () => {
      if (this.#isLive()) this.#channel.send(HEARTBEAT);
      this.#beat(intervalMs);
    });
  }

  #isBehind(): boolean {
    return this.#state.name === "behind";
  }

  #isLive(): boolean {
    return this.#state.name === "live";
  }
}
