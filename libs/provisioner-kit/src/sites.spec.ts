import { siteNameSchema } from '@dcm/contracts';
import type { Site } from './site';
import { Sites } from './sites';

const aSite = (name: string): Site => ({ config: { name: siteNameSchema.parse(name) } }) as Site;

describe('the site of a command', () => {
  const [north, south] = [aSite('north'), aSite('south')];
  const sites = new Sites([north, south]);

  it.each(['reference.south', 'reference.south.read'])('is the one whose queue it came through (%s)', (routingKey) => {
    expect(sites.of(routingKey, 'south')).toBe(south);
  });

  it.each([
    ['reference.north', 'south'],
    ['reference.elsewhere', 'elsewhere'],
    ['south', 'south'],
  ])('is refused when it came for %s and means %s', (routingKey, named) => {
    expect(() => sites.of(routingKey, named)).toThrow(/Unable to work on site/);
  });
});
