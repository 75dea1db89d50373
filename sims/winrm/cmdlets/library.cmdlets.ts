import { byNameAndId, cmdlet, type Cmdlet } from './cmdlet';
import { ASYNC, ON_BEHALF, SERVER } from './parameters';

/** Cmdlets about the library. */
export const libraryCmdlets: readonly Cmdlet[] = [
  cmdlet('Get-SCLibraryShare', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['ID:guid', 'LibraryServer:LibraryServer!'],
    run: ({ vmm, args }) => byNameAndId(args, vmm.library.shares),
  }),
  cmdlet('Read-SCLibraryShare', {
    sets: [`LibraryShare:LibraryShare! Path:string ${ASYNC}`],
    run: async ({ vmm, args }) => {
      const share = args.the('LibraryShare', 'LibraryShare');
      await vmm.clock.sleep(vmm.jobMs.refresh);
      vmm.library.refresh(share, args.text('Path'));
      return [share];
    },
  }),
  cmdlet('Get-SCISO', {
    all: `${SERVER} ${ON_BEHALF}`,
    sets: ['Name:string All:switch', 'Name:string ID:guid'],
    run: ({ vmm, args }) => byNameAndId(args, vmm.library.isos),
  }),
  cmdlet('Remove-SCISO', {
    change: 'label',
    sets: [`ISO:ISO! Force:switch ${ASYNC}`],
    run: ({ vmm, args }) => {
      const iso = args.the('ISO', 'ISO');
      vmm.library.forget(iso);
      return [iso];
    },
  }),
];
