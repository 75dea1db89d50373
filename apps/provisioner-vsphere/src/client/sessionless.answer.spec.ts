import { refuseSessionless } from './sessionless.answer';

function anAnswer(fault: string): unknown {
  const reason = { fault: { $type: fault }, localizedMessage: 'no' };
  return { objects: [{ propSet: [{ name: 'a', val: 1 }] }, { missingSet: [{ path: 'name', fault: reason }] }] };
}

describe('an answer of the property collector', () => {
  it.each(['RetrievePropertiesEx', 'ContinueRetrievePropertiesEx'])(
    'to %s without a session is a fault',
    (operation) => {
      expect(() => {
        refuseSessionless(operation, anAnswer('NotAuthenticated'));
      }).toThrow(`Unable to run ${operation}: NotAuthenticated: no`);
    },
  );

  it('with other reasons for missing properties is none', () => {
    expect(() => {
      refuseSessionless('RetrievePropertiesEx', anAnswer('NoPermission'));
      refuseSessionless('RetrievePropertiesEx', undefined);
      refuseSessionless('CurrentTime', anAnswer('NotAuthenticated'));
    }).not.toThrow();
  });
});
