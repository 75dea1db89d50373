import { misfits } from './planted';

describe('the bugs that are planted to test the tests', () => {
  it('still fit the sources', () => {
    expect(misfits()).toEqual([]);
  });
});
