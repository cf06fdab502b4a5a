import { parse, validate } from "graphql";
import type { Delivery, Exchange, World } from "#demo/world";
import {
  type Contract,
  dig,
  graphqlContract,
  isObj,
  type Obj,
  restContract,
  webhookContract,
} from "./github-contract.ts";

/** One thing that would not have worked on the real GitHub. */
export interface Violation {
  readonly where: string;
  readonly why: string;
}

const objects = (value: unknown): readonly Obj[] => (Array.isArray(value) ? value.filter(isObj) : []);

function operationOf(contract: Contract, route: string): Obj | null {
  const [method = "", path = ""] = route.split(" ", 2);
  const operation = dig(contract.document, "paths", path, method.toLowerCase());
  return isObj(operation) ? operation : null;
}

function coerced(schema: unknown, text: string): unknown {
  const type = dig(schema, "type");
  if (type === "integer" || type === "number") return Number(text);
  return type === "boolean" ? text === "true" : text;
}

function judgeQuery(contract: Contract, route: string, operation: Obj, exchange: Exchange): string | null {
  const known = objects(operation["parameters"])
    .map((one) => contract.resolve(one))
    .filter(isObj)
    .filter((one) => one["in"] === "query");
  for (const [name, text] of Object.entries(exchange.query)) {
    const parameter = known.find((one) => one["name"] === name);
    if (parameter === undefined) return `GitHub knows no query parameter ${name}`;
    const problem = contract.problem(
      `${route} ?${name}`,
      parameter["schema"],
      coerced(contract.resolve(parameter["schema"]), text),
    );
    if (problem !== null) return `query parameter ${name}: ${problem}`;
  }
  return null;
}

/** Names a schema lists at its top, its alternatives included; null when it lists none. */
function propertiesOf(contract: Contract, schema: unknown): ReadonlySet<string> | null {
  const resolved = contract.resolve(schema);
  const own = dig(resolved, "properties");
  const parts = [dig(resolved, "oneOf"), dig(resolved, "anyOf"), dig(resolved, "allOf")]
    .flatMap(objects)
    .map((one) => propertiesOf(contract, one));
  const names = [...(isObj(own) ? Object.keys(own) : []), ...parts.flatMap((part) => [...(part ?? [])])];
  return names.length === 0 ? null : new Set(names);
}

function judgeBody(contract: Contract, route: string, operation: Obj, body: unknown): string | null {
  const schema = dig(contract.resolve(operation["requestBody"]), "content", "application/json", "schema");
  if (schema === undefined) return isObj(body) && Object.keys(body).length > 0 ? "GitHub takes no body here" : null;
  const known = propertiesOf(contract, schema);
  const stray = isObj(body) && known !== null ? Object.keys(body).find((key) => !known.has(key)) : undefined;
  if (stray !== undefined) return `GitHub knows no property ${stray}`;
  return body === undefined ? null : contract.problem(`${route} body`, schema, body);
}

/** Refusals that GitHub gives anywhere, and answers that a test's fault made. */
const ANYWHERE = new Set([304, 400, 401, 403, 404, 405, 409, 415, 422, 429, 500, 502, 503, 504]);

function judgeAnswer(contract: Contract, route: string, operation: Obj, exchange: Exchange): string | null {
  const status = String(exchange.status);
  const response = contract.resolve(dig(operation, "responses", status));
  if (response === undefined) {
    return ANYWHERE.has(exchange.status) ? null : `GitHub never answers ${status} here`;
  }
  const schema = dig(response, "content", "application/json", "schema");
  if (schema === undefined || typeof exchange.answer === "string") return null;
  const problem = contract.problem(`${route} ${status}`, schema, JSON.parse(JSON.stringify(exchange.answer)));
  return problem === null ? null : `answer ${status}: ${problem}`;
}

function judgeGraphql(exchange: Exchange): string | null {
  const query = dig(exchange.body, "query");
  if (typeof query !== "string") return "a GraphQL request without a query";
  const [first] = validate(graphqlContract(), parse(query));
  return first === undefined ? null : first.message;
}

/** Whether GitHub would have understood the request, and could have given the answer. null: yes. */
export function judgeExchange(exchange: Exchange): string | null {
  if (exchange.route === null) return `GitHub knows no ${exchange.method} ${exchange.path}`;
  if (exchange.route === "POST /graphql") return judgeGraphql(exchange);
  const contract = restContract();
  const operation = operationOf(contract, exchange.route);
  if (operation === null) return `GitHub's reference has no ${exchange.route}`;
  return (
    judgeQuery(contract, exchange.route, operation, exchange) ??
    (exchange.status >= 400 ? null : judgeBody(contract, exchange.route, operation, exchange.body)) ??
    judgeAnswer(contract, exchange.route, operation, exchange)
  );
}

/** Whether GitHub could have sent this webhook. null: yes. */
export function judgeDelivery(delivery: Delivery): string | null {
  const contract = webhookContract();
  const name = [delivery.event, ...(delivery.action === null ? [] : [delivery.action])].join("-").replaceAll("_", "-");
  const schema = dig(
    contract.document,
    "webhooks",
    name,
    "post",
    "requestBody",
    "content",
    "application/json",
    "schema",
  );
  if (schema === undefined) return `GitHub sends no ${name}`;
  const payload: unknown = JSON.parse(delivery.raw);
  return contract.problem(name, schema, payload);
}

export interface Judge {
  readonly violations: readonly Violation[];
  /** Throws the first violation; call it at the end of a test, or after each step. */
  assertClean(): void;
}

/** Judges everything that crosses a world's wire from now on. */
export function attachJudge(world: World): Judge {
  const violations: Violation[] = [];
  const note = (where: string, why: string | null): void => {
    if (why !== null) violations.push({ where, why });
  };
  world.journal.listeners.push((exchange) => note(`${exchange.method} ${exchange.path}`, judgeExchange(exchange)));
  world.hook.listeners.push((delivery) =>
    note(`webhook ${delivery.event}.${delivery.action}`, judgeDelivery(delivery)),
  );
  return {
    violations,
    assertClean: () => {
      const [first] = violations;
      if (first !== undefined) throw new Error(`${first.where}: ${first.why}`);
    },
  };
}
