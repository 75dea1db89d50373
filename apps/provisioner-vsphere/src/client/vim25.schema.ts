/**
 * The part of the vSphere Web Services API (`urn:vim25`) that DCM uses, written by hand from the public reference.
 *
 *     type Name [< Base | -] : field[?|*] type, …       `<` default is DynamicData, `-` means no base class
 *     op   Name(field[?|*] type, …) [-> type[?|*]]      every operation has an implicit first parameter `_this`
 *
 * `?` = at most one, `*` = any number. **The order of fields is the order on the wire**: vCenter refuses any other,
 * the simulator does not, so only the specs guard it. An indented line continues the one above it. Lower-case types are
 * XML Schema's; `ref` is ManagedObjectReference. Types that are only received may be partial, but a list or a number
 * that is read must be listed, or it arrives as a lone object or a string.
 *
 * @see https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/
 */
export const VIM25_SCHEMA = `
# service and session
type AboutInfo : name string, fullName string, version string, build string, apiType string, apiVersion string,
  instanceUuid? string
type ServiceContent : rootFolder ref, propertyCollector ref, viewManager? ref, about AboutInfo, setting? ref,
  sessionManager? ref, authorizationManager? ref, eventManager? ref, taskManager? ref, searchIndex? ref
type UserSession : key string, userName string, loginTime dateTime, lastActiveTime dateTime
type PrivilegeAvailability : privId string, isGranted boolean
type EntityPrivilege : entity ref, privAvailability* PrivilegeAvailability
op RetrieveServiceContent() -> ServiceContent
op CurrentTime() -> dateTime
op Login(userName string, password string, locale? string) -> UserSession
op Logout()
op SessionIsActive(sessionID string, userName string) -> boolean
op HasPrivilegeOnEntities(entity* ref, sessionId string, privId* string) -> EntityPrivilege*
op QueryOptions(name? string) -> OptionValue*

# property collector, views and search
type SelectionSpec : name? string
type TraversalSpec < SelectionSpec : type string, path string, skip? boolean, selectSet* SelectionSpec
type PropertySpec : type string, all? boolean, pathSet* string
type ObjectSpec : obj ref, skip? boolean, selectSet* SelectionSpec
type PropertyFilterSpec : propSet* PropertySpec, objectSet* ObjectSpec, reportMissingObjectsInResults? boolean
type RetrieveOptions : maxObjects? int
type DynamicProperty - : name string, val anyType
type MissingProperty : path string, fault LocalizedMethodFault
type ObjectContent : obj ref, propSet* DynamicProperty, missingSet* MissingProperty
type RetrieveResult : token? string, objects* ObjectContent
type WaitOptions : maxWaitSeconds? int, maxObjectUpdates? int
type PropertyChange : name string, op string, val? anyType
type ObjectUpdate : kind string, obj ref, changeSet* PropertyChange, missingSet* MissingProperty
type MissingObject : obj ref, fault LocalizedMethodFault
type PropertyFilterUpdate : filter ref, objectSet* ObjectUpdate, missingSet* MissingObject
type UpdateSet : version string, filterSet* PropertyFilterUpdate, truncated? boolean
op RetrievePropertiesEx(specSet* PropertyFilterSpec, options RetrieveOptions) -> RetrieveResult?
op ContinueRetrievePropertiesEx(token string) -> RetrieveResult
op CancelRetrievePropertiesEx(token string)
op CreatePropertyCollector() -> ref
op DestroyPropertyCollector()
op CreateFilter(spec PropertyFilterSpec, partialUpdates boolean) -> ref
op DestroyPropertyFilter()
op WaitForUpdatesEx(version? string, options? WaitOptions) -> UpdateSet?
op CancelWaitForUpdates()
op CreateContainerView(container ref, type* string, recursive boolean) -> ref
op CreateListView(obj* ref) -> ref
op ModifyListView(add* ref, remove* ref) -> ref*
op ResetListView(obj* ref) -> ref*
op DestroyView()
op FindByUuid(datacenter? ref, uuid string, vmSearch boolean, instanceUuid? boolean) -> ref?
op FindAllByUuid(datacenter? ref, uuid string, vmSearch boolean, instanceUuid? boolean) -> ref*
op FindByInventoryPath(inventoryPath string) -> ref?
op FindChild(entity ref, name string) -> ref?

# tasks and events
type TaskInfo : key string, task ref, descriptionId string, entity? ref, entityName? string, state string,
  cancelled boolean, cancelable boolean, error? LocalizedMethodFault, result? anyType, progress? int,
  queueTime dateTime, startTime? dateTime, completeTime? dateTime, eventChainId int
type EventFilterSpecByEntity : entity ref, recursion string
type EventFilterSpecByTime : beginTime? dateTime, endTime? dateTime
type EventFilterSpec : entity? EventFilterSpecByEntity, time? EventFilterSpecByTime, eventTypeId* string, maxCount? int
type Event : key int, chainId int, createdTime dateTime, userName string, fullFormattedMessage? string
type VmEvent < Event : template boolean
type CustomizationEvent < VmEvent : logLocation? string
type CustomizationStartedEvent < CustomizationEvent :
type CustomizationSucceeded < CustomizationEvent :
type CustomizationFailed < CustomizationEvent :
op CancelTask()
op QueryEvents(filter EventFilterSpec) -> Event*

# virtual machine configuration
type OptionValue : key string, value? anyType
type Description : label string, summary string
type SharesInfo : shares int, level string
type ResourceAllocationInfo : reservation? long, expandableReservation? boolean, limit? long, shares? SharesInfo,
  overheadLimit? long
type VirtualMachineFileInfo : vmPathName? string, snapshotDirectory? string, suspendDirectory? string,
  logDirectory? string
type ManagedByInfo : extensionKey string, type string
type VirtualMachineBootOptions : bootDelay? long, enterBIOSSetup? boolean, efiSecureBootEnabled? boolean
type VirtualMachineProfileSpec :
type VirtualMachineDefinedProfileSpec < VirtualMachineProfileSpec : profileId string
type VirtualMachineConfigSpec : changeVersion? string, name? string, version? string, uuid? string,
  instanceUuid? string, guestId? string, alternateGuestName? string, annotation? string,
  files? VirtualMachineFileInfo, numCPUs? int, numCoresPerSocket? int, memoryMB? long, memoryHotAddEnabled? boolean,
  cpuHotAddEnabled? boolean, cpuHotRemoveEnabled? boolean, deviceChange* VirtualDeviceConfigSpec,
  cpuAllocation? ResourceAllocationInfo, memoryAllocation? ResourceAllocationInfo, extraConfig* OptionValue,
  bootOptions? VirtualMachineBootOptions, firmware? string, managedBy? ManagedByInfo,
  memoryReservationLockedToMax? boolean, nestedHVEnabled? boolean, vmProfile* VirtualMachineProfileSpec
type VirtualDeviceConfigSpec : operation? string, fileOperation? string, device VirtualDevice,
  profile* VirtualMachineProfileSpec
type VirtualDeviceBackingInfo :
type VirtualDeviceConnectInfo : startConnected boolean, allowGuestControl boolean, connected boolean
type VirtualDevice : key int, deviceInfo? Description, backing? VirtualDeviceBackingInfo,
  connectable? VirtualDeviceConnectInfo, controllerKey? int, unitNumber? int
type VirtualController < VirtualDevice : busNumber int, device* int
type VirtualSCSIController < VirtualController : hotAddRemove? boolean, sharedBus string, scsiCtlrUnitNumber? int
type ParaVirtualSCSIController < VirtualSCSIController :
type VirtualLsiLogicController < VirtualSCSIController :
type VirtualLsiLogicSASController < VirtualSCSIController :
type VirtualIDEController < VirtualController :
type VirtualSATAController < VirtualController :
type VirtualAHCIController < VirtualSATAController :
type VirtualNVMEController < VirtualController :
type VirtualDisk < VirtualDevice : capacityInKB long, capacityInBytes? long, shares? SharesInfo
type VirtualDeviceFileBackingInfo < VirtualDeviceBackingInfo : fileName string, datastore? ref, backingObjectId? string
type VirtualDiskFlatVer2BackingInfo < VirtualDeviceFileBackingInfo : diskMode string, split? boolean,
  writeThrough? boolean, thinProvisioned? boolean, eagerlyScrub? boolean, uuid? string, contentId? string,
  changeId? string, parent? VirtualDiskFlatVer2BackingInfo, deltaDiskFormat? string, digestEnabled? boolean,
  deltaGrainSize? int, sharing? string
type VirtualCdrom < VirtualDevice :
type VirtualCdromIsoBackingInfo < VirtualDeviceFileBackingInfo :
type VirtualEthernetCard < VirtualDevice : addressType? string, macAddress? string, wakeOnLanEnabled? boolean
type VirtualVmxnet < VirtualEthernetCard :
type VirtualVmxnet3 < VirtualVmxnet :
type VirtualE1000 < VirtualEthernetCard :
type VirtualE1000e < VirtualEthernetCard :
type VirtualDeviceDeviceBackingInfo < VirtualDeviceBackingInfo : deviceName string, useAutoDetect? boolean
type VirtualEthernetCardNetworkBackingInfo < VirtualDeviceDeviceBackingInfo : network? ref
type DistributedVirtualSwitchPortConnection : switchUuid string, portgroupKey? string, portKey? string,
  connectionCookie? int
type VirtualEthernetCardDistributedVirtualPortBackingInfo < VirtualDeviceBackingInfo :
  port DistributedVirtualSwitchPortConnection
type VirtualEthernetCardOpaqueNetworkBackingInfo < VirtualDeviceBackingInfo : opaqueNetworkId string,
  opaqueNetworkType string
type VirtualMachineRelocateSpecDiskLocator : diskId int, datastore ref, diskMoveType? string
type VirtualMachineRelocateSpec : folder? ref, datastore? ref, diskMoveType? string, pool? ref, host? ref,
  disk* VirtualMachineRelocateSpecDiskLocator, deviceChange* VirtualDeviceConfigSpec,
  profile* VirtualMachineProfileSpec
type VirtualMachineCloneSpec : location VirtualMachineRelocateSpec, template boolean,
  config? VirtualMachineConfigSpec, customization? CustomizationSpec, powerOn boolean, snapshot? ref

# guest customization
type CustomizationSpec : options? CustomizationOptions, identity CustomizationIdentitySettings,
  globalIPSettings CustomizationGlobalIPSettings, nicSettingMap* CustomizationAdapterMapping
type CustomizationOptions :
type CustomizationLinuxOptions < CustomizationOptions :
type CustomizationWinOptions < CustomizationOptions : changeSID boolean, deleteAccounts boolean, reboot? string
type CustomizationIdentitySettings :
type CustomizationName :
type CustomizationFixedName < CustomizationName : name string
type CustomizationVirtualMachineName < CustomizationName :
type CustomizationPassword : value string, plainText boolean
type CustomizationLinuxPrep < CustomizationIdentitySettings : hostName CustomizationName, domain string,
  timeZone? string, hwClockUTC? boolean
type CustomizationCloudinitPrep < CustomizationIdentitySettings : metadata string, userdata? string
type CustomizationGuiUnattended : password? CustomizationPassword, timeZone int, autoLogon boolean, autoLogonCount int
type CustomizationUserData : fullName string, orgName string, computerName CustomizationName, productId string
type CustomizationGuiRunOnce : commandList* string
type CustomizationIdentification : joinWorkgroup? string, joinDomain? string, domainAdmin? string,
  domainAdminPassword? CustomizationPassword
type CustomizationSysprep < CustomizationIdentitySettings : guiUnattended CustomizationGuiUnattended,
  userData CustomizationUserData, guiRunOnce? CustomizationGuiRunOnce, identification CustomizationIdentification
type CustomizationGlobalIPSettings : dnsSuffixList* string, dnsServerList* string
type CustomizationAdapterMapping : macAddress? string, adapter CustomizationIPSettings
type CustomizationIpGenerator :
type CustomizationFixedIp < CustomizationIpGenerator : ipAddress string
type CustomizationDhcpIpGenerator < CustomizationIpGenerator :
type CustomizationIPSettings : ip CustomizationIpGenerator, subnetMask? string, gateway* string,
  dnsServerList* string, dnsDomain? string

# virtual machine operations
type VirtualMachineTicket : ticket string, cfgFile string, host? string, port? int, sslThumbprint? string, url? string
op CreateVM_Task(config VirtualMachineConfigSpec, pool ref, host? ref) -> ref
op CloneVM_Task(folder ref, name string, spec VirtualMachineCloneSpec) -> ref
op ReconfigVM_Task(spec VirtualMachineConfigSpec) -> ref
op RelocateVM_Task(spec VirtualMachineRelocateSpec, priority? string) -> ref
op CustomizeVM_Task(spec CustomizationSpec) -> ref
op CheckCustomizationSpec(spec CustomizationSpec)
op PowerOnVM_Task(host? ref) -> ref
op PowerOffVM_Task() -> ref
op SuspendVM_Task() -> ref
op ResetVM_Task() -> ref
op ShutdownGuest()
op RebootGuest()
op StandbyGuest()
op CreateSnapshot_Task(name string, description? string, memory boolean, quiesce boolean) -> ref
op RevertToSnapshot_Task(host? ref, suppressPowerOn? boolean) -> ref
op RemoveSnapshot_Task(removeChildren boolean, consolidate? boolean) -> ref
op RemoveAllSnapshots_Task(consolidate? boolean) -> ref
op AcquireTicket(ticketType string) -> VirtualMachineTicket
op MarkAsTemplate()
op MarkAsVirtualMachine(pool ref, host? ref)
op Rename_Task(newName string) -> ref
op MoveIntoFolder_Task(list* ref) -> ref
op UnregisterVM()
op Destroy_Task() -> ref
op CreateFolder(name string) -> ref

# what is read of a machine
type GuestNicInfo : network? string, ipAddress* string, macAddress? string, connected boolean, deviceConfigId int,
  ipConfig? NetIpConfigInfo
type NetIpConfigInfo : ipAddress* NetIpConfigInfoIpAddress
type NetIpConfigInfoIpAddress : ipAddress string, prefixLength int, state? string
type VirtualMachineSnapshotTree : snapshot ref, vm ref, name string, description string, id? int,
  createTime dateTime, state string, quiesced boolean, childSnapshotList* VirtualMachineSnapshotTree
type VirtualMachineSnapshotInfo : currentSnapshot? ref, rootSnapshotList* VirtualMachineSnapshotTree

# faults: their families decide what a caller does next
type LocalizableMessage : key string, message? string
type LocalizedMethodFault : fault MethodFault, localizedMessage? string
type MethodFault - : faultCause? LocalizedMethodFault, faultMessage* LocalizableMessage
type RuntimeFault < MethodFault :
type VimFault < MethodFault :
type InvalidCollectorVersion < MethodFault :
type InvalidProperty < MethodFault : name string
type SecurityError < RuntimeFault :
type NoPermission < SecurityError : object ref, privilegeId string
type NotAuthenticated < NoPermission :
type RestrictedVersion < SecurityError :
type RequestCanceled < RuntimeFault :
type ManagedObjectNotFound < RuntimeFault : obj ref
type InvalidArgument < RuntimeFault : invalidProperty? string
type InvalidRequest < RuntimeFault :
type MethodNotFound < InvalidRequest : receiver ref, method string
type NotSupported < RuntimeFault :
type DisallowedOperationOnFailoverHost < RuntimeFault : host ref, hostname string
type NotImplemented < RuntimeFault :
type NotEnoughLicenses < RuntimeFault :
type SystemError < RuntimeFault : reason string
type HostCommunication < RuntimeFault :
type HostNotConnected < HostCommunication :
type HostNotReachable < HostCommunication :
type InvalidLogin < VimFault :
type AlreadyExists < VimFault : name? string
type ConcurrentAccess < VimFault :
type DuplicateName < VimFault : name string, object ref
type InvalidName < VimFault : name string, entity? ref
type NotFound < VimFault :
type LimitExceeded < VimFault : property? string, limit? int
type OutOfBounds < VimFault : argumentName string
type ResourceInUse < VimFault : type? string, name? string
type TaskInProgress < VimFault : task ref
type Timedout < VimFault :
type ToolsUnavailable < VimFault :
type InvalidState < VimFault :
type InvalidPowerState < InvalidState : requestedState? string, existingState string
type InvalidHostState < InvalidState : host? ref
type InvalidDatastoreState < InvalidState : datastoreName? string
type QuestionPending < InvalidState : text string
type InvalidDatastore < VimFault : datastore? ref, name? string
type InaccessibleDatastore < InvalidDatastore : detail? string
type FileFault < VimFault : file string
type FileAlreadyExists < FileFault :
type FileLocked < FileFault :
type FileNotFound < FileFault :
type CannotAccessFile < FileFault :
type NoDiskSpace < FileFault : datastore string
type VmConfigFault < VimFault :
type GenericVmConfigFault < VmConfigFault : reason string
type InvalidVmConfig < VmConfigFault : property? string
type InvalidDeviceSpec < InvalidVmConfig : deviceIndex int
type InvalidDeviceOperation < InvalidDeviceSpec : badOp? string, badFileOp? string
type CannotAccessVmComponent < VmConfigFault :
type CannotAccessVmDevice < CannotAccessVmComponent : device string, backing string, connected boolean
type VirtualHardwareCompatibilityIssue < VmConfigFault :
type CpuHotPlugNotSupported < VmConfigFault :
type MemoryHotPlugNotSupported < VmConfigFault :
type InsufficientResourcesFault < VimFault :
type InsufficientCpuResourcesFault < InsufficientResourcesFault : unreserved long, requested long
type InsufficientMemoryResourcesFault < InsufficientResourcesFault : unreserved long, requested long
type InsufficientHostCapacityFault < InsufficientResourcesFault : host? ref
type InsufficientHostCpuCapacityFault < InsufficientHostCapacityFault : unreserved long, requested long
type InsufficientHostMemoryCapacityFault < InsufficientHostCapacityFault : unreserved long, requested long
type NoCompatibleHost < VimFault : host* ref
type MigrationFault < VimFault :
type SnapshotFault < VimFault :
type MultipleSnapshotsNotSupported < SnapshotFault :
type SnapshotDisabled < SnapshotFault :
type SnapshotIncompatibleDeviceInVm < SnapshotFault : fault LocalizedMethodFault
type SnapshotLocked < SnapshotFault :
type SnapshotNoChange < SnapshotFault :
type TooManySnapshotLevels < SnapshotFault :
type MemorySnapshotOnIndependentDisk < SnapshotFault :
type CustomizationFault < VimFault :
type CustomizationPending < CustomizationFault :
type NicSettingMismatch < CustomizationFault : numberOfNicsInSpec int, numberOfNicsInVM int
type UncustomizableGuest < CustomizationFault : uncustomizableGuestOS string
`;
