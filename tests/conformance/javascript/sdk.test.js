// The sandbox as the AWS SDK for JavaScript sees it, which has nothing in common with botocore.

import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as cloudfront from "@aws-sdk/client-cloudfront";
import * as sqs from "@aws-sdk/client-sqs";
import * as sts from "@aws-sdk/client-sts";
import { fromTemporaryCredentials, fromTokenFile } from "@aws-sdk/credential-providers";

import { CONTROLLER, ROLE, Sandbox, TARGET, allow, trust } from "./sandbox.js";

let sandbox;
let queues;
let identities;
let edge;
let controller;

before(async () => {
  sandbox = await Sandbox.start(
    "--quota", "cloudfront.CreateInvalidation=0",
    "--quota", "cloudfront.GetInvalidation=0",
    "--quota", "cloudfront.ListInvalidations=0",
    "--complete-after", "300ms",
  );
  const made = await sandbox.put({
    account: CONTROLLER,
    users: [{ name: "controller", policies: [allow("sqs:*", "sts:*")] }],
  });
  controller = made.users[0];
  const target = await sandbox.put({
    account: TARGET,
    users: [{ name: "administrator", policies: [allow("cloudfront:*")] }],
    roles: [
      {
        name: "CloudFrontInvalidationRole",
        trust: trust(CONTROLLER, { StringEquals: { "sts:ExternalId": "tenant/7" } }),
        policies: [allow("cloudfront:*")],
      },
    ],
    distributions: ["E2EXAMPLE1", "E2EXAMPLE2"],
  });
  queues = new sqs.SQSClient(sandbox.settings(controller));
  identities = new sts.STSClient(sandbox.settings(controller));
  edge = new cloudfront.CloudFrontClient(sandbox.settings(target.users[0], "us-east-1"));
});

after(async () => assert.equal(await sandbox.stop(), 0));

// Resolves to the error of a call that must be refused.
async function refusal(call) {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
}

async function createQueue(QueueName, Attributes) {
  const { QueueUrl } = await queues.send(new sqs.CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl;
}

function invalidation(DistributionId, CallerReference, ...Items) {
  return new cloudfront.CreateInvalidationCommand({
    DistributionId,
    InvalidationBatch: { CallerReference, Paths: { Quantity: Items.length, Items } },
  });
}

test("a batch is sent, received and deleted", async () => {
  const QueueUrl = await createQueue("batches");
  const sent = await queues.send(
    new sqs.SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        {
          Id: "a",
          MessageBody: "first & <last> é",
          MessageAttributes: { kind: { DataType: "String", StringValue: "purge" } },
        },
        { Id: "b", MessageBody: "second", DelaySeconds: 901 },
      ],
    }),
  );
  // The SDK compares the digests of bodies by itself.
  assert.deepEqual(sent.Successful.map((each) => each.Id), ["a"]);
  assert.equal(sent.Failed[0].Id, "b");
  assert.equal(sent.Failed[0].Code, "InvalidParameterValue");
  assert.equal(sent.Failed[0].SenderFault, true);
  const { Messages } = await queues.send(
    new sqs.ReceiveMessageCommand({
      QueueUrl,
      WaitTimeSeconds: 1,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    }),
  );
  assert.equal(Messages.length, 1);
  assert.equal(Messages[0].Body, "first & <last> é");
  assert.equal(Messages[0].MessageAttributes.kind.StringValue, "purge");
  assert.match(Messages[0].Attributes.SenderId, /^AIDA/);
  assert.equal(Messages[0].Attributes.ApproximateReceiveCount, "1");
  const deleted = await queues.send(
    new sqs.DeleteMessageBatchCommand({
      QueueUrl,
      Entries: [{ Id: "a", ReceiptHandle: Messages[0].ReceiptHandle }],
    }),
  );
  assert.deepEqual(deleted.Successful, [{ Id: "a" }]);
  const { Attributes } = await queues.send(
    new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  assert.equal(Attributes.ApproximateNumberOfMessages, "0");
  assert.equal(Attributes.ApproximateNumberOfMessagesNotVisible, "0");
});

test("binary attributes come back as bytes", async () => {
  const QueueUrl = await createQueue("bytes");
  const BinaryValue = Uint8Array.of(0, 255, 10, 13);
  const sent = await queues.send(
    new sqs.SendMessageCommand({
      QueueUrl,
      MessageBody: "x",
      MessageAttributes: { b: { DataType: "Binary", BinaryValue } },
    }),
  );
  assert.match(sent.MD5OfMessageAttributes, /^[0-9a-f]{32}$/);
  const { Messages } = await queues.send(
    new sqs.ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ["All"] }),
  );
  assert.deepEqual(Messages[0].MessageAttributes.b.BinaryValue, BinaryValue);
});

test("a FIFO queue keeps order and drops what comes twice", async () => {
  const QueueUrl = await createQueue("ordered.fifo", {
    FifoQueue: "true",
    ContentBasedDeduplication: "true",
  });
  for (const MessageBody of ["1", "2", "2", "3"]) {
    const sent = await queues.send(
      new sqs.SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: "g" }),
    );
    assert.match(sent.SequenceNumber, /^\d+$/);
  }
  const { Messages } = await queues.send(
    new sqs.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
  );
  assert.deepEqual(Messages.map((message) => message.Body), ["1", "2", "3"]);
  const error = await refusal(
    queues.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: "x" })),
  );
  assert.equal(error.name, "MissingParameter");
});

test("a queue that is not there has a class of its own", async () => {
  const error = await refusal(queues.send(new sqs.GetQueueUrlCommand({ QueueName: "gone" })));
  assert.ok(error instanceof sqs.QueueDoesNotExist, error.name);
  assert.equal(error.$metadata.httpStatusCode, 400);
  assert.equal(error.$fault, "client");
  assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
});

test("other refusals of SQS have their classes too", async () => {
  const QueueUrl = await createQueue("refusals");
  const cases = [
    [new sqs.CreateQueueCommand({ QueueName: "refusals", Attributes: { DelaySeconds: "5" } }),
      sqs.QueueNameExists],
    [new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: "made-up" }),
      sqs.ReceiptHandleIsInvalid],
    [new sqs.SendMessageBatchCommand({ QueueUrl, Entries: [] }), sqs.EmptyBatchRequest],
    [new sqs.DeleteMessageBatchCommand({
      QueueUrl,
      Entries: [{ Id: "a", ReceiptHandle: "b" }, { Id: "a", ReceiptHandle: "c" }],
    }), sqs.BatchEntryIdsNotDistinct],
    [new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["Nothing"] }),
      sqs.InvalidAttributeName],
  ];
  for (const [command, type] of cases) {
    const error = await refusal(queues.send(command));
    assert.ok(error instanceof type, `${error.name}: ${error.message}`);
  }
});

test("queues are listed page by page", async () => {
  for (const name of ["page-a", "page-b", "page-c"]) {
    await createQueue(name);
  }
  const pages = sqs.paginateListQueues({ client: queues, pageSize: 2 }, { QueueNamePrefix: "page-" });
  const sizes = [];
  for await (const page of pages) {
    sizes.push(page.QueueUrls?.length ?? 0);
  }
  assert.deepEqual(sizes, [2, 1]);
});

test("a role is assumed with the right external id only", async () => {
  const wish = { RoleArn: ROLE, RoleSessionName: "stranger" };
  const made = await identities.send(
    new sts.AssumeRoleCommand({ ...wish, ExternalId: "tenant/7", DurationSeconds: 900 }),
  );
  assert.ok(made.Credentials.Expiration instanceof Date);
  assert.match(made.AssumedRoleUser.Arn, /:assumed-role\/CloudFrontInvalidationRole\/stranger$/);
  for (const ExternalId of [undefined, "tenant/8"]) {
    const error = await refusal(identities.send(new sts.AssumeRoleCommand({ ...wish, ExternalId })));
    assert.equal(error.name, "AccessDenied");
    assert.equal(error.$metadata.httpStatusCode, 403);
    assert.match(error.message, /is not authorized to perform: sts:AssumeRole on resource/);
  }
});

test("a client finds its own way through a role, and hears when its session has ended", async () => {
  const client = new cloudfront.CloudFrontClient({
    ...sandbox.settings(controller, "us-east-1"),
    credentials: fromTemporaryCredentials({
      masterCredentials: sandbox.settings(controller).credentials,
      params: { RoleArn: ROLE, RoleSessionName: "chain", ExternalId: "tenant/7" },
      clientConfig: { endpoint: sandbox.address, region: "eu-west-1" },
    }),
  });
  const wish = new cloudfront.ListInvalidationsCommand({ DistributionId: "E2EXAMPLE2" });
  await client.send(wish);
  await sandbox.post("expire", { role: ROLE });
  const error = await refusal(client.send(wish));
  assert.equal(error.name, "ExpiredToken");
});

test("a token in a file is all that a client needs", async () => {
  const url = "https://token.example.com/cluster";
  const provider = `arn:aws:iam::${TARGET}:oidc-provider/token.example.com/cluster`;
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await sandbox.put({
    account: TARGET,
    identity_providers: [
      {
        url,
        client_ids: ["sts.amazonaws.com"],
        jwks: { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k" }] },
      },
    ],
    roles: [
      {
        name: "web",
        trust: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Federated: provider },
              Action: "sts:AssumeRoleWithWebIdentity",
              Condition: { StringEquals: { "token.example.com/cluster:sub": "pod" } },
            },
          ],
        },
      },
    ],
  });
  const now = Math.floor(Date.now() / 1000);
  const text = [
    { alg: "RS256", kid: "k" },
    { iss: url, aud: "sts.amazonaws.com", sub: "pod", iat: now, exp: now + 60 },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign("sha256", Buffer.from(text), privateKey).toString("base64url");
  const folder = mkdtempSync(join(tmpdir(), "token-"));
  const file = join(folder, "token");
  writeFileSync(file, `${text}.${signature}`);
  const credentials = fromTokenFile({
    roleArn: `arn:aws:iam::${TARGET}:role/web`,
    roleSessionName: "from-a-file",
    webIdentityTokenFile: file,
    clientConfig: { endpoint: sandbox.address, region: "eu-west-1" },
  });
  const client = new sts.STSClient({ ...sandbox.settings(controller), credentials });
  const who = await client.send(new sts.GetCallerIdentityCommand({}));
  assert.equal(who.Arn, `arn:aws:sts::${TARGET}:assumed-role/web/from-a-file`);
  writeFileSync(file, `${text}.AAAA`);
  const error = await refusal(
    identities.send(
      new sts.AssumeRoleWithWebIdentityCommand({
        RoleArn: `arn:aws:iam::${TARGET}:role/web`,
        RoleSessionName: "forged",
        WebIdentityToken: `${text}.AAAA`,
      }),
    ),
  );
  rmSync(folder, { recursive: true });
  assert.ok(error instanceof sts.InvalidIdentityTokenException, error.name);
});

test("a message goes to the dead letters and back", async () => {
  const dead = await createQueue("dead");
  const { Attributes } = await queues.send(
    new sqs.GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ["QueueArn"] }),
  );
  const QueueUrl = await createQueue("living", {
    VisibilityTimeout: "0",
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: Attributes.QueueArn,
      maxReceiveCount: 1,
    }),
  });
  await queues.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: "twice" }));
  const receive = (url) =>
    queues.send(new sqs.ReceiveMessageCommand({ QueueUrl: url, VisibilityTimeout: 0 }));
  assert.equal((await receive(QueueUrl)).Messages[0].Body, "twice");
  assert.equal((await receive(QueueUrl)).Messages, undefined);
  assert.equal((await receive(dead)).Messages[0].Body, "twice");
  const moved = await queues.send(
    new sqs.StartMessageMoveTaskCommand({ SourceArn: Attributes.QueueArn }),
  );
  assert.ok(moved.TaskHandle);
  const { Messages } = await queues.send(
    new sqs.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, VisibilityTimeout: 30 }),
  );
  assert.equal(Messages[0].Body, "twice");
  await queues.send(
    new sqs.ChangeMessageVisibilityCommand({
      QueueUrl,
      ReceiptHandle: Messages[0].ReceiptHandle,
      VisibilityTimeout: 60,
    }),
  );
  const { Results } = await queues.send(
    new sqs.ListMessageMoveTasksCommand({ SourceArn: Attributes.QueueArn }),
  );
  assert.equal(Results[0].Status, "COMPLETED");
});

test("a session that has ended is told by SQS in its own shape", async () => {
  const role = `arn:aws:iam::${CONTROLLER}:role/reader`;
  await sandbox.put({
    account: CONTROLLER,
    roles: [{ name: "reader", trust: trust(CONTROLLER), policies: [allow("sqs:*")] }],
  });
  const { Credentials } = await identities.send(
    new sts.AssumeRoleCommand({ RoleArn: role, RoleSessionName: "name" }),
  );
  const client = new sqs.SQSClient(
    sandbox.settings({
      access_key_id: Credentials.AccessKeyId,
      secret_access_key: Credentials.SecretAccessKey,
      session_token: Credentials.SessionToken,
    }),
  );
  await client.send(new sqs.ListQueuesCommand({}));
  await sandbox.post("expire", { role });
  const error = await refusal(client.send(new sqs.ListQueuesCommand({})));
  assert.equal(error.name, "ExpiredToken");
});

test("an invalidation is created, read, listed and waited for", async () => {
  const made = await edge.send(invalidation("E2EXAMPLE1", "r-1", "/a", "/b/*", "/%C3%A9?a=1&b=2"));
  assert.equal(made.$metadata.httpStatusCode, 201);
  assert.match(made.Location, new RegExp(`/distribution/E2EXAMPLE1/invalidation/${made.Invalidation.Id}$`));
  assert.equal(made.Invalidation.Status, "InProgress");
  assert.deepEqual(made.Invalidation.InvalidationBatch.Paths.Items, ["/a", "/b/*", "/%C3%A9?a=1&b=2"]);
  const wish = { DistributionId: "E2EXAMPLE1", Id: made.Invalidation.Id };
  const waited = await cloudfront.waitUntilInvalidationCompleted(
    { client: edge, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
    wish,
  );
  assert.equal(waited.state, "SUCCESS");
  const got = await edge.send(new cloudfront.GetInvalidationCommand(wish));
  assert.equal(got.Invalidation.Status, "Completed");
  assert.ok(got.Invalidation.CreateTime instanceof Date);
  const again = await edge.send(invalidation("E2EXAMPLE1", "r-1", "/a", "/b/*", "/%C3%A9?a=1&b=2"));
  assert.equal(again.Invalidation.Id, made.Invalidation.Id);
});

test("invalidations are listed page by page", async () => {
  for (const number of [1, 2, 3]) {
    await edge.send(invalidation("E2EXAMPLE2", `page-${number}`, `/${number}`));
  }
  const sizes = [];
  const pages = cloudfront.paginateListInvalidations(
    { client: edge, pageSize: 2 },
    { DistributionId: "E2EXAMPLE2" },
  );
  for await (const page of pages) {
    sizes.push(page.InvalidationList.Quantity);
    assert.equal(page.InvalidationList.MaxItems, 2);
  }
  assert.deepEqual(sizes, [2, 1]);
  const { DistributionList } = await edge.send(new cloudfront.ListDistributionsCommand({}));
  assert.deepEqual(DistributionList.Items.map((each) => each.Id), ["E2EXAMPLE1", "E2EXAMPLE2"]);
});

test("refusals of CloudFront have their classes", async () => {
  const gone = await refusal(edge.send(invalidation("EGONE", "r", "/a")));
  assert.ok(gone instanceof cloudfront.NoSuchDistribution, gone.name);
  assert.equal(gone.$metadata.httpStatusCode, 404);
  const missing = await refusal(
    edge.send(new cloudfront.GetInvalidationCommand({ DistributionId: "E2EXAMPLE1", Id: "I1" })),
  );
  assert.ok(missing instanceof cloudfront.NoSuchInvalidation, missing.name);
  const argument = await refusal(edge.send(invalidation("E2EXAMPLE1", "r-2", "a")));
  assert.ok(argument instanceof cloudfront.InvalidArgument, argument.name);
  const quantities = await refusal(
    edge.send(
      new cloudfront.CreateInvalidationCommand({
        DistributionId: "E2EXAMPLE1",
        InvalidationBatch: { CallerReference: "r-3", Paths: { Quantity: 2, Items: ["/a"] } },
      }),
    ),
  );
  assert.ok(quantities instanceof cloudfront.InconsistentQuantities, quantities.name);
  const wildcards = Array.from({ length: 16 }, (_, number) => `/${number}/*`);
  const many = await refusal(edge.send(invalidation("E2EXAMPLE1", "r-4", ...wildcards)));
  assert.ok(many instanceof cloudfront.TooManyInvalidationsInProgress, many.name);
  assert.equal(many.$metadata.httpStatusCode, 400);
});

test("a throttled call is tried again by the SDK itself", async () => {
  const rule = { fault: "throttle_before", action: "CreateInvalidation", once: true };
  await sandbox.post("faults", { faults: [rule] });
  const error = await refusal(edge.send(invalidation("E2EXAMPLE1", "t-1", "/t")));
  assert.equal(error.name, "Throttling");
  assert.equal(error.$metadata.httpStatusCode, 400);
  assert.equal(error.message, "Rate exceeded");
  await sandbox.post("faults", { faults: [rule] });
  const patient = new cloudfront.CloudFrontClient({
    endpoint: sandbox.address,
    region: "us-east-1",
    maxAttempts: 3,
    credentials: await edge.config.credentials(),
  });
  const made = await patient.send(invalidation("E2EXAMPLE1", "t-1", "/t"));
  assert.equal(made.$metadata.attempts, 2);
});

test("a distribution is created with tags, and tagged", async () => {
  const config = {
    CallerReference: "made by a stranger",
    Comment: "",
    Enabled: true,
    Origins: {
      Quantity: 1,
      Items: [{ Id: "o", DomainName: "origin.example.com",
        S3OriginConfig: { OriginAccessIdentity: "" } }],
    },
    DefaultCacheBehavior: {
      TargetOriginId: "o",
      ViewerProtocolPolicy: "https-only",
      CachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
    },
  };
  const made = await edge.send(
    new cloudfront.CreateDistributionWithTagsCommand({
      DistributionConfigWithTags: {
        DistributionConfig: config,
        Tags: { Items: [{ Key: "team", Value: "shop & co" }] },
      },
    }),
  );
  const { ARN: Resource, Id } = made.Distribution;
  await edge.send(
    new cloudfront.TagResourceCommand({ Resource, Tags: { Items: [{ Key: "stage", Value: "" }] } }),
  );
  await edge.send(
    new cloudfront.UntagResourceCommand({ Resource, TagKeys: { Items: ["team"] } }),
  );
  const { Tags } = await edge.send(new cloudfront.ListTagsForResourceCommand({ Resource }));
  assert.deepEqual(Tags.Items, [{ Key: "stage", Value: "" }]);
  const got = await edge.send(new cloudfront.GetDistributionCommand({ Id }));
  assert.ok(got.ETag);
  assert.equal(got.Distribution.DistributionConfig.CallerReference, "made by a stranger");
  assert.equal(got.Distribution.Status, "InProgress");
});

test("what the sandbox lacks is told", async () => {
  const error = await refusal(identities.send(new sts.GetSessionTokenCommand({})));
  assert.equal(error.name, "NotInThisSandbox");
  const other = await refusal(edge.send(new cloudfront.ListFunctionsCommand({})));
  assert.equal(other.name, "NotInThisSandbox");
});

test("a wrong secret and an unknown key are told apart", async () => {
  for (const name of ["sts", "sqs", "cloudfront"]) {
    const call = {
      sts: (settings) => new sts.STSClient(settings).send(new sts.GetCallerIdentityCommand({})),
      sqs: (settings) => new sqs.SQSClient(settings).send(new sqs.ListQueuesCommand({})),
      cloudfront: (settings) =>
        new cloudfront.CloudFrontClient(settings).send(new cloudfront.ListDistributionsCommand({})),
    }[name];
    const wrong = await refusal(call(sandbox.settings({ ...controller, secret_access_key: "x" })));
    assert.equal(wrong.name, "SignatureDoesNotMatch", name);
    const unknown = await refusal(call(sandbox.settings({ ...controller, access_key_id: "AKIA1" })));
    assert.equal(unknown.name, "InvalidClientTokenId", name);
  }
});
