import { Controller, Get } from '@nestjs/common';
import { MetadataScanner, type DiscoveryService } from '@nestjs/core';
import { refusalOf } from '../../test/refusal';
import { RouteCensus } from './census';
import { RawEndpoint } from './endpoint';

@Controller()
class Honest {
  @RawEndpoint('metrics')
  metrics(): string {
    return '';
  }

  helper(): string {
    return 'no handler';
  }
}

@Controller()
class Twin {
  @RawEndpoint('metrics')
  again(): string {
    return '';
  }
}

@Controller()
class Smuggler {
  @Get('backdoor')
  open(): string {
    return '';
  }
}

const census = (...controllers: (new () => object)[]): RouteCensus => {
  const getControllers = (): object[] => controllers.map((each) => ({ instance: new each(), name: each.name }));
  return new RouteCensus({ getControllers } as unknown as DiscoveryService, new MetadataScanner());
};

const faultsOf = (...controllers: (new () => object)[]): string[] =>
  refusalOf(() => {
    census(...controllers).onModuleInit();
  })
    .message.replace('Unable to start the gateway: ', '')
    .split('; ');

describe('the census of routes', () => {
  it('finds every route that nobody handles', () => {
    const faults = faultsOf(Honest);
    expect(faults).toContain('createVm has 0 handlers');
    expect(faults).not.toContain('metrics has 0 handlers');
  });

  it('finds a route that two handle', () => {
    expect(faultsOf(Honest, Twin)).toContain('metrics has 2 handlers');
  });

  it('finds a handler that is not in the table', () => {
    expect(faultsOf(Honest, Smuggler)).toContain('Smuggler.open is not in the table');
  });
});
