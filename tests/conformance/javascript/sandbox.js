// Starts `exarch sandbox` for tests in JavaScript, as tests/world/sandbox.py does for Python.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

// run.sh names it.
const BINARY = process.env.EXARCH_BINARY;

export const CONTROLLER = "999900001111";
export const TARGET = "111122223333";
export const ROLE = `arn:aws:iam::${TARGET}:role/CloudFrontInvalidationRole`;

export function allow(...actions) {
  return {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
  };
}

export function trust(principal, condition = {}) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: principal },
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Condition: condition,
      },
    ],
  };
}

export class Sandbox {
  static async start(...options) {
    const child = spawn(
      BINARY,
      ["--output", "json", "sandbox", "--listen", "127.0.0.1:0", ...options],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    for await (const line of createInterface({ input: child.stdout })) {
      return new Sandbox(child, JSON.parse(line).address);
    }
    throw new Error(`${BINARY} sandbox did not start`);
  }

  constructor(child, address) {
    this.child = child;
    this.address = address;
  }

  async post(name, value) {
    const response = await fetch(`${this.address}/_sandbox/${name}`, {
      method: "POST",
      body: JSON.stringify(value),
    });
    const told = await response.json();
    if (!response.ok) {
      throw new Error(told.error);
    }
    return told;
  }

  // Puts an account and returns what was made of it.
  async put(account) {
    const { accounts } = await this.post("accounts", { accounts: [account] });
    return accounts[0];
  }

  async get(name) {
    return (await fetch(`${this.address}/_sandbox/${name}`)).json();
  }

  // What every client is made with; one attempt, so that a test sees the first answer.
  settings(key, region = "eu-west-1") {
    return {
      endpoint: this.address,
      region,
      maxAttempts: 1,
      credentials: {
        accessKeyId: key.access_key_id,
        secretAccessKey: key.secret_access_key,
        sessionToken: key.session_token,
      },
    };
  }

  // Resolves to its exit code.
  async stop() {
    const exited = once(this.child, "exit");
    this.child.kill("SIGTERM");
    return (await exited)[0];
  }
}
