# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Calls of objects that impacket does not have, in its terms."""

from impacket.dcerpc.v5.dcomrt import (DCOMANSWER, DCOMCALL, DCERPCSessionError, IID,
                                       PMInterfacePointer, error_status_t)
from impacket.dcerpc.v5.dtypes import DWORD, GUID, LPWSTR, WSTR

__all__ = ['DCERPCSessionError']  # what impacket looks for in the module of a call


class ClassFactoryCreate(DCOMCALL):
    opnum = 3
    structure = (('riid', IID),)


class ClassFactoryCreateResponse(DCOMANSWER):
    structure = (('ppvObject', PMInterfacePointer), ('ErrorCode', error_status_t))


class ClassOfProgram(DCOMCALL):
    opnum = 5
    structure = (('szProgId', WSTR),)


class ClassOfProgramResponse(DCOMANSWER):
    structure = (('clsid', GUID), ('ErrorCode', error_status_t))


class ErrorString(DCOMCALL):
    opnum = 4
    structure = (('dwError', DWORD), ('dwLocale', DWORD))


class ErrorStringResponse(DCOMANSWER):
    structure = (('ppString', LPWSTR), ('ErrorCode', error_status_t))


class Advise(DCOMCALL):
    opnum = 5
    structure = (('pUnkSink', PMInterfacePointer),)


class AdviseResponse(DCOMANSWER):
    structure = (('pdwCookie', DWORD), ('ErrorCode', error_status_t))


class TypeCount(DCOMCALL):
    """IDispatch::GetTypeInfoCount without the parameter that impacket gives it."""
    opnum = 3
    structure = ()


class TypeCountResponse(DCOMANSWER):
    structure = (('pctinfo', DWORD), ('ErrorCode', error_status_t))


class Bare(DCOMCALL):
    """Any operation, without arguments; opnum is set before it is sent."""
    opnum = 0
    structure = ()


class BareResponse(DCOMANSWER):
    structure = (('ErrorCode', error_status_t),)
