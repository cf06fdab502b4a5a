// Both clocks of a ticket, counted up as time passes: what the room folds from events is held to it. Hours of work are all hours here.

import { waitingOn, type State } from "#tickets";

/** Instants in milliseconds. Time that passes while the clock is set back is nobody's until it is where it was. */
export class Stopwatch {
  #state: State;
  #mark: number;
  #frozen = false;
  #ours = 0;
  #client = 0;
  /** How far off it may be: an event is known to have been between two looks. */
  slack = 0;

  constructor(state: State, at: number) {
    this.#state = state;
    this.#mark = at;
  }

  enter(state: State, at: number): void {
    this.#upTo(at);
    this.#state = state;
    this.#client = 0;
  }

  freeze(frozen: boolean, at: number): void {
    this.#upTo(at);
    this.#frozen = frozen;
  }

  read(at: number): { readonly ours: number; readonly client: number } {
    const more = this.#frozen ? 0 : Math.max(0, at - this.#mark);
    const whose = waitingOn(this.#state);
    return { ours: this.#ours + (whose === "us" ? more : 0), client: this.#client + (whose === "client" ? more : 0) };
  }

  #upTo(at: number): void {
    ({ ours: this.#ours, client: this.#client } = this.read(at));
    this.#mark = Math.max(this.#mark, at);
  }
}
