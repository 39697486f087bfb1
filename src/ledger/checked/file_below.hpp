#pragma once

#include <sqlite3.h>

namespace exarch::ledger {

/// What SQLite asks of a file, passed on to the file that `Below` finds under it. A file between
/// the two takes a copy of `methods` and puts in what it does itself; xClose is always among that.
template <sqlite3_file* (*Below)(sqlite3_file*)>
struct FileBelow {
    template <auto Method, class... Values>
    static int pass(sqlite3_file* file, Values... values) {
        sqlite3_file* const under = Below(file);
        return (under->pMethods->*Method)(under, values...);
    }

    static void pass_barrier(sqlite3_file* file) {
        sqlite3_file* const under = Below(file);
        under->pMethods->xShmBarrier(under);
    }

    static constexpr sqlite3_io_methods methods{
        .iVersion = 2,
        .xClose = nullptr,
        .xRead = pass<&sqlite3_io_methods::xRead, void*, int, sqlite3_int64>,
        .xWrite = pass<&sqlite3_io_methods::xWrite, const void*, int, sqlite3_int64>,
        .xTruncate = pass<&sqlite3_io_methods::xTruncate, sqlite3_int64>,
        .xSync = pass<&sqlite3_io_methods::xSync, int>,
        .xFileSize = pass<&sqlite3_io_methods::xFileSize, sqlite3_int64*>,
        .xLock = pass<&sqlite3_io_methods::xLock, int>,
        .xUnlock = pass<&sqlite3_io_methods::xUnlock, int>,
        .xCheckReservedLock = pass<&sqlite3_io_methods::xCheckReservedLock, int*>,
        .xFileControl = pass<&sqlite3_io_methods::xFileControl, int, void*>,
        .xSectorSize = pass<&sqlite3_io_methods::xSectorSize>,
        .xDeviceCharacteristics = pass<&sqlite3_io_methods::xDeviceCharacteristics>,
        .xShmMap = pass<&sqlite3_io_methods::xShmMap, int, int, int, volatile void**>,
        .xShmLock = pass<&sqlite3_io_methods::xShmLock, int, int, int>,
        .xShmBarrier = pass_barrier,
        .xShmUnmap = pass<&sqlite3_io_methods::xShmUnmap, int>,
        .xFetch = nullptr,
        .xUnfetch = nullptr};
};

} // namespace exarch::ledger
