# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A client of COM, by impacket: what it does step by step, and what became of each step.

After an activation impacket goes to the first binding that holds the name or address it was given
as its target (or, where that is a name with dots, the first part of it, and then it dials the
target by its own name), at the port of that binding. Where none fits it says
"Can't find a valid stringBinding to connect".
"""

import json
import uuid

from impacket.dcerpc.v5 import dcomrt, rpcrt, transport
from impacket.dcerpc.v5.dcom import wmi
from impacket.dcerpc.v5.dtypes import NULL
from impacket.dcerpc.v5.rpcrt import DCERPCException

from . import calls, ids, orpc, sink, toys

NONE = rpcrt.RPC_C_AUTHN_LEVEL_NONE
PROGRAM = 'Rpcgate.Toy.1'
TCP = 7


class Stop(Exception):
    """A step failed that the next ones need."""


def adapt(options):
    """impacket waits for ever for a peer that is silent, and spins when it has closed."""
    def receive(self, forceRecv=0, count=0):
        data = b''
        while True:
            part = self.get_socket().recv(count - len(data) if count else 8192)
            if not part:
                raise ConnectionResetError('closed by the peer')
            data += part
            if len(data) >= count:
                return data
    transport.TCPTransport.recv = receive
    transport.TCPTransport.get_connect_timeout = lambda self: options.timeout
    # It would seal wherever a server does not recommend otherwise, and never call at level connect.
    level = options.object_level or options.level
    dcomrt.CLASS_INSTANCE.get_auth_level = lambda self: level


def texts(bindings):
    return [one['aNetworkAddr'].rstrip('\0') for one in bindings if one['wTowerId'] == TCP]


class Client:
    def __init__(self, options):
        self.options = options
        self.clsid = uuid.UUID(ids.CLASSES.get(options.clsid, [options.clsid])[0]).bytes_le
        offered = ids.CLASSES.get(options.clsid, ['', [ids.UNKNOWN]])[1]
        self.iid = ids.BY_NAME[options.iid] if options.iid else offered[0]
        self.connection = None
        self.failed = False

    # -- steps

    def step(self, name, action, needed=True):
        """Does it and prints its row; action tells (fields of the row, what others go on with).

        A field `fits` tells whether an answer was the one that our server gives.
        """
        try:
            fields, result = action()
        except Exception as reason:  # impacket knows many kinds, and meets answers it cannot read
            self._failed(name, reason)
        else:
            good = fields.get('fits', True)
            self.failed = self.failed or not good
            print(json.dumps({'step': name, 'ok': good, **fields}), flush=True)
            return result
        if needed:
            raise Stop(name)
        return None

    def _failed(self, name, reason):
        self.failed = True
        row = {'step': name, 'ok': False, 'kind': type(reason).__name__, 'error': str(reason)}
        code = reason.get_error_code() if isinstance(reason, DCERPCException) else None
        if code is not None:
            row['code'] = f'{code:#x}'
        print(json.dumps(row), flush=True)

    def run(self):
        """Whether everything went well."""
        try:
            getattr(self, self.options.op)()
        except Stop:
            pass
        return not self.failed

    # -- ways to begin

    def link(self):
        """A DCE connection to port 135, not yet bound."""
        options = self.options
        self.connection = dcomrt.DCOMConnection(
            options.host, options.user, options.password, 'CORP', authLevel=options.level)
        rpc = self.connection.get_dce_rpc()
        rpc.set_max_fragment_size(options.fragment)
        return {}, rpc

    def create(self):
        rpc = self.step('connect', self.link)
        activator = dcomrt.IRemoteSCMActivator(rpc)
        self.use(self.activated(lambda: activator.RemoteCreateInstance(self.clsid, self.iid)))

    def getclass(self):
        rpc = self.step('connect', self.link)
        activator = dcomrt.IRemoteSCMActivator(rpc)
        factory = self.activated(
            lambda: activator.RemoteGetClassObject(self.clsid, ids.CLASS_FACTORY))
        self.use(self.step('create-instance', lambda: ({}, self.made_by(factory))))

    def activation(self):
        rpc = self.step('connect', self.link)
        request, answers = rpc.request, []

        def watched(*arguments):
            answers.append(request(*arguments))
            return answers[-1]
        rpc.request = watched

        def activate():
            try:
                return dcomrt.IActivation(rpc).RemoteActivation(self.clsid, self.iid)
            except TypeError:  # impacket goes on without looking at the HRESULT
                raise dcomrt.DCERPCSessionError(error_code=answers[-1]['phr'] % 2**32) from None
        self.use(self.activated(activate))

    def activated(self, action):
        def done():
            interface = action()
            bindings = interface.get_cinstance().get_string_bindings()
            return {'oxid': f'{interface.get_oxid():016x}', 'bindings': texts(bindings)}, interface
        return self.step('activate', done)

    def made_by(self, factory):
        request = calls.ClassFactoryCreate()
        request['riid'] = self.iid[:16]
        answer = factory.request(request, ids.CLASS_FACTORY, factory.get_iPid())
        return self.another(factory, answer['ppvObject'])

    @staticmethod
    def another(interface, pointer):
        return dcomrt.IRemUnknown2(dcomrt.INTERFACE(
            interface.get_cinstance(), b''.join(pointer['abData']),
            interface.get_ipidRemUnknown(), target=interface.get_target()))

    def resolve(self):
        """All of the object resolver: is it alive, and where is an exporter."""
        oxid = self.options.oxid
        if oxid is None:
            rpc = self.step('connect', self.link)
            activator = dcomrt.IRemoteSCMActivator(rpc)
            interface = self.activated(
                lambda: activator.RemoteCreateInstance(self.clsid, self.iid))
            oxid = interface.get_oxid()
        for name, arguments in (('ServerAlive', []), ('ServerAlive2', []),
                                ('ResolveOxid', [oxid, [TCP]]), ('ResolveOxid2', [oxid, [TCP]])):
            self.step(name, lambda: self.resolver_call(name, arguments), needed=False)

    def resolver_call(self, name, arguments):
        rpc = self.dialled(135, self.options.resolver_level)
        answer = getattr(dcomrt.IObjectExporter(rpc), name)(*arguments)
        rpc.disconnect()
        return ({'bindings': texts(answer)} if isinstance(answer, list) else {}), None

    def dialled(self, port, level):
        link = transport.DCERPCTransportFactory(f'ncacn_ip_tcp:{self.options.host}[{port}]')
        link.set_credentials(self.options.user, self.options.password, 'CORP', '', '')
        rpc = link.get_dce_rpc()
        if level != NONE:
            rpc.set_auth_type(rpcrt.RPC_C_AUTHN_WINNT)
            rpc.set_auth_level(level)
        return rpc

    def bind(self):
        """Without an activation: straight to a port, to bind an interface there."""
        def bound():
            rpc = self.dialled(self.options.port, self.options.level)
            rpc.connect()
            rpc.bind(self.iid)
            return {'interface': ids.name_of(self.iid)}, rpc
        self.step('bind', bound).disconnect()

    # -- what is done with an object

    def use(self, interface):
        toy = {ids.WBEM_LOGIN: self.wmi, ids.DISPATCH: self.dispatch, ids.OPC_LIST: self.opc_list,
               ids.OPC_SERVER: self.opc}.get(self.iid)
        if self.options.opnum is not None:
            self.step('call', lambda: self.bare(interface))
        elif toy:
            toy(interface)
        if self.options.advise:
            self.advise(interface)
        self.references(interface)

    def bare(self, interface):
        request = calls.Bare()
        request.opnum = self.options.opnum
        interface.request(request, self.iid, interface.get_iPid())
        return {'opnum': self.options.opnum}, None

    def references(self, interface):
        def queried():
            found = interface.RemQueryInterface(1, [self.iid[:16]])
            return {'fits': found.get_iPid() == interface.get_iPid()}, None
        self.step('query-interface', queried)
        self.step('add-reference', lambda: (
            {'results': [one['Data'] for one in interface.RemAddRef()['pResults']]}, None))
        ipid = {'ipid': interface.get_iPid().hex()}
        if self.options.keep:
            self.step('keep', lambda: (ipid, None))
        else:
            self.step('release', lambda: (ipid, interface.RemRelease() and None))

    def wmi(self, interface):
        login = wmi.IWbemLevel1Login(interface)

        def position():
            locale = login.EstablishPosition()
            return {'fits': locale == toys.LOCALE}, None
        self.step('call', position)
        services = self.step('log-in', lambda: (
            {}, login.NTLMLogin('//./root/cimv2', NULL, NULL)))

        def query():
            try:
                services.ExecQuery('SELECT * FROM Win32_Service')
            except DCERPCException as reason:
                if reason.get_error_code() != orpc.INVALID_QUERY:
                    raise
                return {'answer': 'WBEM_E_INVALID_QUERY'}, None
            return {'answer': 'rows'}, None
        self.step('query', query)

    def dispatch(self, interface):
        def count():
            answer = interface.request(calls.TypeCount(), self.iid, interface.get_iPid())
            return {'fits': answer['pctinfo'] == toys.TYPES}, None
        self.step('call', count)

    def opc_list(self, interface):
        def program():
            request = calls.ClassOfProgram()
            request['szProgId'] = PROGRAM + '\0'
            answer = interface.request(request, self.iid, interface.get_iPid())
            return {'fits': answer['clsid'] == toys.program_class(PROGRAM)}, None
        self.step('call', program)

    def opc(self, interface):
        def text():
            request = calls.ErrorString()
            request['dwError'] = 0xc0040001
            answer = interface.request(request, self.iid, interface.get_iPid())
            return {'fits': answer['ppString'] == 'error 0xc0040001\0'}, None
        self.step('call', text)

    def advise(self, interface):
        """Names a sink to the server, which will dial it: see sink.py."""
        def advised():
            point = interface.RemQueryInterface(1, [ids.CONNECTION_POINT[:16]])
            request = calls.Advise()
            packed = sink.reference(self.options.advise.split(',')).packed()
            request['pUnkSink']['ulCntData'] = len(packed)
            request['pUnkSink']['abData'] = list(packed)
            answer = point.request(request, ids.CONNECTION_POINT, point.get_iPid())
            return {'fits': answer['pdwCookie'] == toys.COOKIE}, None
        self.step('advise', advised)
