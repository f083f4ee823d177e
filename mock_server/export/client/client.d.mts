/** Any text or number, beside the known ones that an editor suggests. */
type Other = (string & Record<never, never>) | number;

/** The mock refused a call, or cannot be reached. */
export declare class ControlError extends Error {
  /** The HTTP status of the refusal; 0 if the mock cannot be reached. */
  readonly status: number;
}

export interface ConnectOptions {
  /** Scheme, host and port of the mock; by default the variable `MOCK`, else http://127.0.0.1:3100. */
  address?: string | undefined;
  /** The token, if the mock was started with `--admin-token`. */
  token?: string | undefined;
}

/** Returns the default session of the mock at an address. */
export declare function connect(options?: ConnectOptions): Session;

/** A session of the mock, with its own states, clock, faults and journal. */
interface AnySession {
  readonly name: string;
  readonly address: string;
  /** The address of the API in this session: the API base of a page. */
  readonly url: string;
  /** The header that selects this session, for requests to the address of the mock itself. */
  readonly headers: { "x-mock-session": string };
  /** Returns another session of the same mock; without a name, a new one. */
  session(name?: string): Session;
  /** Calls an operation of the control API. `path` is below `/_mock/`, with its query. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Reports whether the mock is healthy, and what it serves. */
  health(): Promise<Control["Health"]>;
  readonly clock: SessionClock;
  readonly faults: Faults;
  readonly journal: Journal;
  /** Restarts the session: its states, clock, faults and journal. */
  reset(): Promise<Clock>;
  /** Deletes the session. Its next use starts a new one. */
  delete(): Promise<void>;
}

/** The states of resources. */
interface States {
  /** Makes the resource with a key show a fixture from now on; returns the resource. */
  show<Name extends Fixture>(
    key: Keys[Fixtures[Name]],
    fixture: Name,
  ): Promise<Resources[Fixtures[Name]]>;
  /** Makes the resource with a key play a scenario from now on; returns the resource. */
  play<Name extends Scenario>(
    key: Keys[Scenarios[Name]],
    scenario: Name,
  ): Promise<Resources[Scenarios[Name]]>;
  /** Sets the scenario of the next restart: of one resource, or of any without a key. */
  next<Name extends RestartScenario>(scenario: Name, key?: Keys[Scenarios[Name]]): Promise<void>;
}

/** The clock of a session. A change returns the clock. */
export interface SessionClock {
  read(): Promise<Clock>;
  /** Jumps forward by a number of seconds. */
  advance(seconds: number): Promise<Clock>;
  /** Jumps to a timestamp (RFC 3339). One in the past restarts the session at that time. */
  set(time: string | Date): Promise<Clock>;
  /** Stops the clock; with false, lets it run again. */
  freeze(frozen?: boolean): Promise<Clock>;
  /** Sets how many seconds of the session pass in one real second. */
  rate(rate: number): Promise<Clock>;
}

/** The faults of a session. */
export interface Faults {
  list(): Promise<Control["StoredFault"][]>;
  /** Adds a fault, or replaces the one of the same name. */
  add(fault: Fault): Promise<Control["StoredFault"]>;
  /** Removes all faults, or the fault of a name. */
  clear(name?: string): Promise<void>;
}

export interface JournalFilter {
  operation?: Operation;
  status?: number;
  method?: string;
  /** The path of the request, or its end. */
  path?: string;
  /** Only exchanges with a higher number. */
  after?: number;
  /** At most this many exchanges; by default all. */
  limit?: number;
  /** Seconds to wait for an exchange if none matches yet; at most 60. */
  wait?: number;
}

/** The exchanges of a session. */
export interface Journal {
  /** Returns the exchanges, oldest first. */
  exchanges(filter?: JournalFilter): Promise<Exchange[]>;
  /** Returns the fixtures and scenarios that no response has shown. */
  unused(): Promise<Control["Journal"]["unused"]>;
  /** Returns the exchanges as an HTTP Archive. */
  har(filter?: JournalFilter): Promise<Control["Har"]>;
  clear(): Promise<void>;
}

export type Fault = Control["Fault"];
export type Exchange = Control["Exchange"];
export type Clock = { now: string; frozen: boolean; rate: number };
export type Fixture = keyof Fixtures;
export type Scenario = keyof Scenarios;
