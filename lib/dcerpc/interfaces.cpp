// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/interfaces.hpp"

#include <algorithm>

namespace rpcgate::dcerpc {
namespace {

// Of two names for one interface the first is shown.
constexpr KnownInterface table[] = {
    // The mapper, management and DCOM's own (C706 appendices O and Q, MS-DCOM 1.9).
    {"epmapper", {"e1af8308-5d1f-11c9-91a4-08002b14a0fa"_uuid, 3, 0}, "endpoint mapper"},
    {"mgmt",
     {"afa8bd80-7d8a-11c9-bef4-08002b102989"_uuid, 1, 0},
     "remote management, on every endpoint"},
    {"iobjectexporter",
     {"99fcfec4-5260-101b-bbcb-00aa0021347a"_uuid, 0, 0},
     "DCOM object resolver"},
    {"ioxidresolver", {"99fcfec4-5260-101b-bbcb-00aa0021347a"_uuid, 0, 0}, "DCOM object resolver"},
    {"isystemactivator", {"000001a0-0000-0000-c000-000000000046"_uuid, 0, 0}, "DCOM activation"},
    {"iremotescmactivator", {"000001a0-0000-0000-c000-000000000046"_uuid, 0, 0}, "DCOM activation"},
    {"iactivation", {"4d9f4ab8-7d1c-11cf-861e-0020af6e7c57"_uuid, 0, 0}, "DCOM activation of NT 4"},
    {"iremunknown", {"00000131-0000-0000-c000-000000000046"_uuid, 0, 0}, "DCOM object references"},
    {"iremunknown2", {"00000143-0000-0000-c000-000000000046"_uuid, 0, 0}, "DCOM object references"},
    // Active Directory and domain membership.
    {"drsuapi",
     {"e3514235-4b06-11d1-ab04-00c04fc2dcd2"_uuid, 4, 0},
     "directory replication, name cracking"},
    {"dsaop", {"7c44d7d4-31d5-424c-bd5e-2b3e1f323d22"_uuid, 1, 0}, "directory service operations"},
    {"dssetup", {"3919286a-b10c-11d0-9ba8-00c04fd92ef5"_uuid, 0, 0}, "role in the domain"},
    {"dsrole", {"1cbcad78-df0b-4934-b558-87839ea501c9"_uuid, 0, 0}, "role in the directory"},
    {"ad-backup", {"ecec0d70-a603-11d0-96b1-00a0c91ece30"_uuid, 1, 0}, "directory backup"},
    {"ad-backup2", {"ecec0d70-a603-11d0-96b1-00a0c91ece30"_uuid, 2, 0}, "directory backup"},
    {"ad-restore", {"16e0cf3a-a604-11d0-96b1-00a0c91ece30"_uuid, 1, 0}, "directory restore"},
    {"ad-restore2", {"16e0cf3a-a604-11d0-96b1-00a0c91ece30"_uuid, 2, 0}, "directory restore"},
    {"ism", {"68dcd486-669e-11d1-ab0c-00c04fc2dcd2"_uuid, 2, 0}, "inter-site messaging"},
    {"ism-ip", {"130ceefb-e466-11d1-b78b-00c04fa32883"_uuid, 2, 0}, "inter-site messaging over IP"},
    {"netlogon",
     {"12345678-1234-abcd-ef00-01234567cffb"_uuid, 1, 0},
     "domain logon, secure channel"},
    {"lsarpc", {"12345778-1234-abcd-ef00-0123456789ab"_uuid, 0, 0}, "local security authority"},
    {"samr", {"12345778-1234-abcd-ef00-0123456789ac"_uuid, 1, 0}, "accounts"},
    {"backupkey", {"3dde7c30-165d-11d1-ab8f-00805f14db40"_uuid, 1, 0}, "domain DPAPI key"},
    {"efsrpc", {"c681d488-d850-11d0-8c52-00c04fd90f7e"_uuid, 1, 0}, "encrypting file system"},
    {"efsrpc2", {"df1941c5-fe89-4e79-bf10-463657acf44d"_uuid, 1, 0}, "encrypting file system"},
    {"gkdi", {"b9785960-524f-11df-8b6d-83dcded72085"_uuid, 1, 0}, "group key distribution"},
    {"isdkey", {"b9785960-524f-11df-8b6d-83dcded72085"_uuid, 1, 0}, "group key distribution"},
    // Windows services.
    {"svcctl", {"367abb81-9844-35f1-ad32-98f038001003"_uuid, 2, 0}, "service control"},
    {"winreg", {"338cd001-2244-31f1-aaaa-900038001003"_uuid, 1, 0}, "remote registry"},
    {"srvsvc", {"4b324fc8-1670-01d3-1278-5a47bf6ee188"_uuid, 3, 0}, "shares, sessions"},
    {"wkssvc", {"6bffd098-a112-3610-9833-46c3f87e345a"_uuid, 1, 0}, "workstation service"},
    {"browser", {"6bffd098-a112-3610-9833-012892020162"_uuid, 0, 0}, "computer browser"},
    {"dhcpsrv", {"6bffd098-a112-3610-9833-46c3f874532d"_uuid, 1, 0}, "DHCP server administration"},
    {"dhcpsrv2", {"5b821720-f63b-11d0-aad2-00c04fc324db"_uuid, 1, 0}, "DHCP server administration"},
    {"dnsserver", {"50abc2a4-574d-40b3-9d66-ee4fd5fba076"_uuid, 5, 0}, "DNS server administration"},
    {"winsif", {"45f52c28-7f9f-101a-b52b-08002b2efabe"_uuid, 1, 0}, "WINS administration"},
    {"winsi2", {"811109bf-a4e1-11d1-ab54-00a0c91e9b45"_uuid, 1, 0}, "WINS administration"},
    {"atsvc", {"1ff70682-0a51-30e8-076d-740be8cee98b"_uuid, 1, 0}, "scheduler of NT 4"},
    {"sasec", {"378e52b0-c0a9-11cf-822d-00aa0051e40f"_uuid, 1, 0}, "scheduler credentials"},
    {"itaskschedulerservice",
     {"86d35949-83c9-4044-b424-db363231fd0c"_uuid, 1, 0},
     "task scheduler"},
    {"tsch", {"86d35949-83c9-4044-b424-db363231fd0c"_uuid, 1, 0}, "task scheduler"},
    {"eventlog", {"82273fdc-e32a-18c3-3f78-827929dc23ea"_uuid, 0, 0}, "event log"},
    {"ieventservice", {"f6beaff7-1e19-4fbb-9f8f-b89e2018337c"_uuid, 1, 0}, "event log since Vista"},
    {"even6", {"f6beaff7-1e19-4fbb-9f8f-b89e2018337c"_uuid, 1, 0}, "event log since Vista"},
    {"initshutdown", {"894de0c0-0d55-11d3-a322-00c04fa321a1"_uuid, 1, 0}, "remote shutdown"},
    {"windowsshutdown", {"d95afe70-a6d5-4259-822e-2c84da1ddb0d"_uuid, 1, 0}, "remote shutdown"},
    {"spoolss", {"12345678-1234-abcd-ef00-0123456789ab"_uuid, 1, 0}, "print spooler"},
    {"winspool", {"12345678-1234-abcd-ef00-0123456789ab"_uuid, 1, 0}, "print spooler"},
    {"iremotewinspool",
     {"76f03f96-cdfd-44fc-a22c-64950a001209"_uuid, 1, 0},
     "print spooler over TCP"},
    {"irpcasyncnotify", {"0b6edbfa-4a24-4fc6-8a23-942b1eca65d1"_uuid, 1, 0}, "print notifications"},
    {"irpcremoteobject",
     {"ae33069b-a2a8-46ee-a235-ddfd339be281"_uuid, 1, 0},
     "print notifications"},
    {"netdfs", {"4fc742e0-4a10-11cf-8273-00aa004ae673"_uuid, 3, 0}, "DFS namespaces"},
    {"frstransport", {"897e2e5f-93f3-4376-9c9c-fd2277495c27"_uuid, 1, 0}, "DFS replication"},
    {"dfsr", {"897e2e5f-93f3-4376-9c9c-fd2277495c27"_uuid, 1, 0}, "DFS replication"},
    {"frsrpc", {"f5cc59b4-4264-101a-8c59-08002b2f8426"_uuid, 1, 1}, "file replication"},
    {"ntfrsapi",
     {"d049b186-814f-11d1-9a3c-00c04fc9b232"_uuid, 1, 1},
     "file replication administration"},
    {"perffrs", {"a00c021c-2be2-11d2-b678-0000f87a8f8e"_uuid, 1, 0}, "file replication counters"},
    {"fileservervssagent",
     {"a8e0653c-2744-4389-a61d-7373df8b2292"_uuid, 1, 0},
     "shadow copies of shares"},
    {"fsrvp", {"a8e0653c-2744-4389-a61d-7373df8b2292"_uuid, 1, 0}, "shadow copies of shares"},
    {"witness", {"ccd8c074-d0e5-4a40-92b4-d074faa6ba28"_uuid, 1, 1}, "SMB witness"},
    {"trkwks", {"300f3532-38cc-11d0-a3f0-0020af6b0add"_uuid, 1, 2}, "link tracking, workstation"},
    {"trksvr", {"4da1c422-943d-11d1-acae-00c04fc2aa3f"_uuid, 1, 0}, "link tracking, server"},
    {"icertpassage", {"91ae6020-9e3c-11cf-8d7c-00aa00c091be"_uuid, 0, 0}, "certificate enrolment"},
    {"icpr", {"91ae6020-9e3c-11cf-8d7c-00aa00c091be"_uuid, 0, 0}, "certificate enrolment"},
    {"icertrequestd",
     {"d99e6e70-fc88-11d0-b498-00a0c90312f3"_uuid, 0, 0},
     "certificate enrolment by DCOM"},
    {"icertrequestd2",
     {"5422fd3a-d4b8-4cef-a12e-e87d4ca22e90"_uuid, 0, 0},
     "certificate enrolment by DCOM"},
    {"icertadmind",
     {"d99e6e71-fc88-11d0-b498-00a0c90312f3"_uuid, 0, 0},
     "certificate authority administration"},
    {"icertadmind2",
     {"7fe0d935-dda6-443f-85d0-1cfb58fe41dd"_uuid, 0, 0},
     "certificate authority administration"},
    {"w32time", {"8fb6d884-2388-11d0-8c35-00c04fda2795"_uuid, 4, 1}, "time service"},
    {"remotefw", {"6b5bdd1e-528c-422c-af8c-a4079be4fe48"_uuid, 1, 0}, "firewall administration"},
    {"policyagent", {"d335b8f6-cb31-11d0-b0f9-006097ba4e54"_uuid, 1, 5}, "IPsec policy"},
    {"clusapi2", {"b97db8b2-4c63-11cf-bff6-08002be23f2f"_uuid, 2, 0}, "cluster administration"},
    {"clusapi3", {"b97db8b2-4c63-11cf-bff6-08002be23f2f"_uuid, 3, 0}, "cluster administration"},
    {"ixnremote", {"906b0ce0-c70b-1067-b317-00dd010662da"_uuid, 1, 0}, "distributed transactions"},
    {"msdtc", {"906b0ce0-c70b-1067-b317-00dd010662da"_uuid, 1, 0}, "distributed transactions"},
    {"qmcomm", {"fdb3a030-065f-11d1-bb9b-00a024ea5525"_uuid, 1, 0}, "message queuing"},
    {"qm2qm",
     {"1088a980-eae5-11d0-8d9b-00a02453c337"_uuid, 1, 0},
     "message queuing between servers"},
    {"qmcomm2", {"76d12b80-3467-11d3-91ff-0090272f9ea3"_uuid, 1, 0}, "message queuing"},
    {"dscomm", {"77df7a80-f298-11d0-8358-00a024c480a8"_uuid, 1, 0}, "message queuing directory"},
    {"dscomm2", {"708cca10-9569-11d1-b2a5-0060977d8118"_uuid, 1, 0}, "message queuing directory"},
    {"inetinfo", {"82ad4280-036b-11cf-972c-00aa006887b0"_uuid, 2, 0}, "IIS administration"},
    {"smtpsvc", {"8cfb5d70-31a4-11cf-a7d8-00805f48a135"_uuid, 3, 0}, "IIS mail administration"},
    {"nntpsvc", {"4f82f460-0e21-11cf-909e-00805f48a135"_uuid, 4, 0}, "IIS news administration"},
    {"imap4", {"2465e9e0-a873-11d0-930b-00a0c90ab17c"_uuid, 3, 0}, "IIS IMAP administration"},
    {"pop3", {"1be617c0-31a5-11cf-a7d8-00805f48a135"_uuid, 3, 0}, "IIS POP administration"},
    {"tapsrv", {"2f5f6520-ca46-1067-b319-00dd010662da"_uuid, 1, 0}, "telephony"},
    {"icaapi", {"5ca4a760-ebb1-11cf-8611-00a0245420ed"_uuid, 1, 0}, "terminal services"},
    {"winstation", {"5ca4a760-ebb1-11cf-8611-00a0245420ed"_uuid, 1, 0}, "terminal services"},
    {"termsrvsession", {"484809d6-4239-471b-b5bc-61df8c23ac48"_uuid, 1, 0}, "terminal services"},
    {"termsrvenumeration",
     {"88143fd0-c28d-4b2b-8fef-8d882f6a9390"_uuid, 1, 0},
     "terminal services"},
    {"tsproxyrpcinterface",
     {"44e265dd-7daf-42cd-8560-3cdb6e7a2729"_uuid, 1, 3},
     "remote desktop gateway"},
    {"fax", {"ea0a3165-4834-11d2-a6f8-00c04fa346cc"_uuid, 4, 0}, "fax server"},
    {"faxclient", {"6099fc12-3eff-11d0-abd0-00c04fd91a4e"_uuid, 3, 0}, "fax notifications"},
    {"msgsvc", {"17fdd703-1827-4e34-79d4-24a55c53bb37"_uuid, 1, 0}, "messenger"},
    {"msgsvcsend", {"5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc"_uuid, 1, 0}, "messenger"},
    {"nsis", {"d6d70ef0-0e3b-11cb-acc3-08002b1d29c3"_uuid, 1, 0}, "locator"},
    {"locator", {"d6d70ef0-0e3b-11cb-acc3-08002b1d29c3"_uuid, 1, 0}, "locator"},
    {"nsic", {"d3fbb514-0e3b-11cb-8fad-08002b1d29c3"_uuid, 1, 0}, "locator"},
    {"nsim", {"d6d70ef0-0e3b-11cb-acc3-08002b1d29c4"_uuid, 1, 0}, "locator"},
    {"loctoloc", {"e33c0cc4-0482-101a-bc0c-02608c6ba218"_uuid, 1, 0}, "locator"},
    {"ikeysvc", {"8d0ffe72-d252-11d0-bf8f-00c04fd9126b"_uuid, 1, 0}, "cryptographic service"},
    {"icertprotect", {"0d72a7d4-6148-11d1-b4aa-00c04fb66ea0"_uuid, 1, 0}, "cryptographic service"},
    {"icatdbsvc", {"f50aac00-c7f3-428e-a022-a6b71bfb9d43"_uuid, 1, 0}, "cryptographic service"},
    {"kms", {"51c82175-844e-4750-b0d8-ec255555bc06"_uuid, 1, 0}, "licence activation"},
    // Exchange.
    {"emsmdb", {"a4f1db00-ca47-1067-b31f-00dd010662da"_uuid, 0, 81}, "Exchange store"},
    {"asyncemsmdb",
     {"5261574a-4572-206e-b268-6b199213b4e4"_uuid, 0, 1},
     "Exchange store, parked wait"},
    {"nspi", {"f5cc5a18-4264-101a-8c59-08002b2f8426"_uuid, 56, 0}, "Exchange address book"},
    {"rfri", {"1544f5e0-613c-11d1-93df-00c04fd7bd09"_uuid, 1, 0}, "Exchange address book referral"},
    {"store-admin",
     {"a4f1db00-ca47-1067-b31e-00dd010662da"_uuid, 1, 0},
     "Exchange store administration"},
    {"store-admin2",
     {"89742ace-a9ed-11cf-9c0c-08002be7ae86"_uuid, 2, 0},
     "Exchange store administration"},
    {"store-admin3",
     {"99e64010-b032-11d0-97a4-00c04fd6551d"_uuid, 3, 0},
     "Exchange store administration"},
    {"information-store-backup",
     {"0e4a0156-dd5d-11d2-8c2f-00c04fb6bcde"_uuid, 1, 0},
     "Exchange online backup"},
    {"information-store",
     {"1453c42c-0fa6-11d2-a910-00c04f990f3b"_uuid, 1, 0},
     "Exchange information store"},
    {"information-store2",
     {"10f24e8e-0fa6-11d2-a910-00c04f990f3b"_uuid, 1, 0},
     "Exchange information store"},
    {"system-attendant-public",
     {"469d6ec0-0d87-11ce-b13f-00aa003bac6c"_uuid, 16, 0},
     "Exchange 5.5 referral"},
    {"system-attendant-private",
     {"83d72bf0-0d89-11ce-b13f-00aa003bac6c"_uuid, 6, 0},
     "Exchange system attendant"},
    {"system-attendant-cluster",
     {"f930c514-1215-11d3-99a5-00a0c9b61b04"_uuid, 1, 0},
     "Exchange system attendant"},
    {"system-attendant3",
     {"67df7c70-0f04-11ce-b13f-00aa003bac6c"_uuid, 1, 0},
     "Exchange system attendant; version not verified"},
    {"system-attendant4",
     {"06ed1d30-d3d3-11cd-b80e-00aa004b9c30"_uuid, 1, 0},
     "Exchange system attendant; version not verified"},
    {"mta", {"9e8ee830-4459-11ce-979b-00aa005ffebe"_uuid, 2, 0}, "Exchange message transfer"},
    {"mta-admin",
     {"38a94e72-a9bc-11d2-8faf-00c04fa378ff"_uuid, 1, 0},
     "Exchange message transfer queues"},
    {"exchange-xds",
     {"f5cc5a7c-4264-101a-8c59-08002b2f8426"_uuid, 21, 0},
     "Exchange 5.5 directory"},
    {"exchange-drs",
     {"f5cc59b4-4264-101a-8c59-08002b2f8426"_uuid, 21, 0},
     "Exchange 5.5 directory replication"},
    {"exchange-database",
     {"1a190310-bb9c-11cd-90f8-00aa00466520"_uuid, 1, 0},
     "Exchange database; version not verified"},
    {"advanced-queue-admin",
     {"bfa951d1-2f0e-11d3-bfd1-00c04fa3490a"_uuid, 1, 0},
     "Exchange SMTP queues"},
    {"exchange-store-other",
     {"c840a7dc-42c0-1a10-b4b9-08002b2fe182"_uuid, 1, 0},
     "Exchange; purpose and version not verified"},
    // WMI, COM and OPC objects, bound by interface id (all version 0.0, MS-DCOM 2.2).
    {"iwbemlevel1login", {"f309ad18-d86a-11d0-a075-00c04fb68820"_uuid, 0, 0}, "WMI"},
    {"iwbemloginclientid", {"d4781cd6-e5d3-44df-ad94-930efe48a887"_uuid, 0, 0}, "WMI"},
    {"iwbemloginclientidex", {"9f6c78ef-fce5-42fa-abea-3e7df91921dc"_uuid, 0, 0}, "WMI"},
    {"iwbemloginhelper", {"541679ab-2e5f-11d3-b34e-00104bcc4b4a"_uuid, 0, 0}, "WMI"},
    {"iwbemservices", {"9556dc99-828c-11cf-a37e-00aa003240c7"_uuid, 0, 0}, "WMI"},
    {"ienumwbemclassobject", {"027947e1-d731-11ce-a357-000000000001"_uuid, 0, 0}, "WMI"},
    {"iwbemfetchsmartenum", {"1c1c45ee-4395-11d2-b60b-00104b703efd"_uuid, 0, 0}, "WMI"},
    {"iwbemwcosmartenum", {"423ec01e-2e35-11d2-b604-00104b703efd"_uuid, 0, 0}, "WMI"},
    {"iwbemcallresult", {"44aca675-e8fc-11d0-a07c-00c04fb68820"_uuid, 0, 0}, "WMI"},
    {"iwbemobjectsink", {"7c857801-7381-11cf-884d-00aa004b2e24"_uuid, 0, 0}, "WMI"},
    {"iclassfactory", {"00000001-0000-0000-c000-000000000046"_uuid, 0, 0}, "COM"},
    {"iconnectionpoint",
     {"b196b286-bab4-101a-b69c-00aa00341d07"_uuid, 0, 0},
     "COM, subscribing to events"},
    {"iconnectionpointcontainer",
     {"b196b284-bab4-101a-b69c-00aa00341d07"_uuid, 0, 0},
     "COM, subscribing to events"},
    {"ienumguid", {"0002e000-0000-0000-c000-000000000046"_uuid, 0, 0}, "COM"},
    {"ienumstring", {"00000101-0000-0000-c000-000000000046"_uuid, 0, 0}, "COM"},
    {"ienumunknown", {"00000100-0000-0000-c000-000000000046"_uuid, 0, 0}, "COM"},
    {"idispatch", {"00020400-0000-0000-c000-000000000046"_uuid, 0, 0}, "COM automation"},
    {"itypeinfo", {"00020401-0000-0000-c000-000000000046"_uuid, 0, 0}, "COM automation"},
    {"iopcserverlist", {"13486d50-4821-11d2-a494-3cb306c10000"_uuid, 0, 0}, "OPC"},
    {"iopcserverlist2", {"9dd0b56c-ad9e-43ee-8305-487f3188bf7a"_uuid, 0, 0}, "OPC"},
    {"iopcenumguid", {"55c382c8-21c7-4e88-96c1-becfb1e3f483"_uuid, 0, 0}, "OPC"},
    {"iopccommon", {"f31dfde2-07b6-11d2-b2d8-0060083ba1fb"_uuid, 0, 0}, "OPC"},
    {"iopcshutdown", {"f31dfde1-07b6-11d2-b2d8-0060083ba1fb"_uuid, 0, 0}, "OPC, server to client"},
    {"iopcserver", {"39c13a4d-011e-11d0-9675-0020afd8adb3"_uuid, 0, 0}, "OPC"},
    {"iopcserverpublicgroups", {"39c13a4e-011e-11d0-9675-0020afd8adb3"_uuid, 0, 0}, "OPC"},
    {"iopcbrowseserveraddressspace", {"39c13a4f-011e-11d0-9675-0020afd8adb3"_uuid, 0, 0}, "OPC"},
    {"iopcgroupstatemgt", {"39c13a50-011e-11d0-9675-0020afd8adb3"_uuid, 0, 0}, "OPC"},
    {"iopcpublicgroupstatemgt", {"39c13a51-011e-11d0-9675-0020afd8adb3"_uuid, 0, 0}, "OPC"},
    {"iopcsyncio", {"39c13a52-011e-11d0-9675-0020afd8adb3"_uuid, 0, 0}, "OPC"},
    {"iopcasyncio", {"39c13a53-011e-11d0-9675-0020afd8adb3"_uuid, 0, 0}, "OPC"},
    {"iopcitemmgt", {"39c13a54-011e-11d0-9675-0020afd8adb3"_uuid, 0, 0}, "OPC"},
    {"ienumopcitemattributes", {"39c13a55-011e-11d0-9675-0020afd8adb3"_uuid, 0, 0}, "OPC"},
    {"iopcdatacallback",
     {"39c13a70-011e-11d0-9675-0020afd8adb3"_uuid, 0, 0},
     "OPC, server to client"},
    {"iopcasyncio2", {"39c13a71-011e-11d0-9675-0020afd8adb3"_uuid, 0, 0}, "OPC"},
    {"iopcitemproperties", {"39c13a72-011e-11d0-9675-0020afd8adb3"_uuid, 0, 0}, "OPC"},
    {"iopcbrowse", {"39227004-a18f-4b57-8b0a-5235670f4468"_uuid, 0, 0}, "OPC"},
    {"iopcitemio", {"85c0b427-2893-4cbc-bd78-e5fc5146f08f"_uuid, 0, 0}, "OPC"},
    {"iopcsyncio2", {"730f5f0f-55b1-4c81-9e18-ff8a0904e1fa"_uuid, 0, 0}, "OPC"},
    {"iopcasyncio3", {"0967b97b-36ef-423e-b6f8-6bff1e40d39d"_uuid, 0, 0}, "OPC"},
    {"iopcgroupstatemgt2", {"8e368666-d72e-4f78-87ed-647611c61c9f"_uuid, 0, 0}, "OPC"},
    {"iopcitemdeadbandmgt", {"5946da93-8b39-4ec8-ab3d-aa73df5bc86f"_uuid, 0, 0}, "OPC"},
    {"iopcitemsamplingmgt", {"3e22d313-f08b-41a5-86c8-95e95cb49ffc"_uuid, 0, 0}, "OPC"},
    // The RPC service's own on TCP 135.
    {"rpcss-internal",
     {"e60c73e6-88f9-11cf-9af1-0020af6e72f4"_uuid, 2, 0},
     "internal to the RPC service"},
    {"rpcss-internal2",
     {"1d55b526-c137-46c5-ab79-638f2a68e869"_uuid, 1, 0},
     "internal to the RPC service"},
    {"rpcss-internal3",
     {"64fe0b7f-9ef5-4553-a7db-9a1975777554"_uuid, 1, 0},
     "internal to the RPC service"},
    {"irot", {"b9e79e60-3d52-11ce-aaa1-00006901293f"_uuid, 0, 2}, "running object table"},
    {"iscm", {"412f241e-c12a-11ce-abff-0020af6e7a17"_uuid, 0, 2}, "service control of COM"},
    {"ilocalactivator", {"00000136-0000-0000-c000-000000000046"_uuid, 0, 0}, "local activation"},
    {"imachineactivatorcontrol",
     {"c6f3ee72-ce7e-11d1-b71e-00c04fc3111a"_uuid, 1, 0},
     "machine activator"},
    {"localepmp", {"0b0a6584-9e0f-11cf-a3cf-00805f68cb1b"_uuid, 1, 1}, "local endpoint mapper"},
};

constexpr char small(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool same_name(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return small(x) == small(y); });
}

constexpr bool names_are_unique() noexcept {
  for (const KnownInterface& a : table)
    for (const KnownInterface& b : table)
      if (&a != &b && a.name == b.name) return false;
  return true;
}
static_assert(names_are_unique());

}  // namespace

std::span<const KnownInterface> known_interfaces() noexcept {
  return table;
}

std::optional<InterfaceId> interface_by_name(std::string_view name) noexcept {
  for (const KnownInterface& known : table)
    if (same_name(known.name, name)) return known.id;
  return std::nullopt;
}

std::string_view interface_name(const InterfaceId& id) noexcept {
  for (const KnownInterface& known : table)
    if (same_interface(known.id, id)) return known.name;
  return {};
}

std::string name_or_uuid(const InterfaceKey& key) {  // lint: control core
  const std::string_view name = interface_name({key.uuid, key.major, 0});
  if (!name.empty()) return std::string(name);  // lint: control core
  return key.uuid.to_string() + '/' + std::to_string(key.major);
}

std::string_view name_of(const Uuid& uuid) noexcept {
  for (const KnownInterface& known : table)
    if (known.id.uuid == uuid) return known.name;
  return {};
}

}  // namespace rpcgate::dcerpc
