import { existsSync } from 'node:fs';
import { GenericContainer, Wait } from 'testcontainers';
import { startPostgres } from '../services/postgres.service';
import { findRabbit, type FoundRabbit } from '../services/rabbitmq.service';

/** What the suites talk to. A part that cannot be had is named in `missing` with the reason. */
export interface TestServices {
  readonly env: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
  stop(): Promise<void>;
}

const image = 'rabbitmq:4-alpine';

const hasDocker = (): boolean => existsSync('/var/run/docker.sock') || process.env['DOCKER_HOST'] !== undefined;

/** RabbitMQ in a container, where Docker runs and has the image (`DCM_TEST_PULL=1` pulls it). */
async function rabbitContainer(): Promise<Pick<FoundRabbit, 'url' | 'bin' | 'stop'> | string> {
  if (!hasDocker())
    return 'no RabbitMQ: none answers on 127.0.0.1:5672, rabbitmq-server is not installed and no Docker engine runs';
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
  const policy = process.env['DCM_TEST_PULL'] === '1' ? undefined : { shouldPull: () => false };
  try {
    const container = new GenericContainer(image)
      .withExposedPorts(5672)
      .withWaitStrategy(Wait.forLogMessage(/Server startup complete/));
    const running = await (policy === undefined ? container : container.withPullPolicy(policy)).start();
    const url = `amqp://guest:guest@${running.getHost()}:${running.getMappedPort(5672)}`;
    return {
      url,
      stop: async () => {
        await running.stop();
      },
    };
  } catch (error) {
    return `no RabbitMQ: Docker cannot run ${image}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** PostgreSQL by `DATABASE_URL` or embedded; RabbitMQ as the product finds it, else in a container. */
export async function startTestServices(stateDir: string): Promise<TestServices> {
  const stops: (() => Promise<void>)[] = [];
  const env: Record<string, string> = {};
  const missing: string[] = [];
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') {
    env['DATABASE_URL'] = given;
  } else {
    const postgres = await startPostgres({ stateDir });
    env['DATABASE_URL'] = postgres.url;
    stops.push(() => postgres.stop());
  }
  const rabbit = (await findRabbit(stateDir)) ?? (await rabbitContainer());
  if (typeof rabbit === 'string') missing.push(rabbit);
  else {
    env['AMQP_URL'] = rabbit.url;
    if (rabbit.bin !== undefined) env['PATH'] = `${rabbit.bin}:${process.env['PATH'] ?? ''}`;
    stops.push(() => rabbit.stop());
  }
  return {
    env,
    missing,
    stop: async () => {
      for (const stop of stops.reverse()) await stop();
    },
  };
}
