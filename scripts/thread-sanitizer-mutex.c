// Tells the thread sanitizer what it cannot see of Swift's `Synchronization.Mutex` on Linux. Used by scripts/sanitize.
//
// Locking and unlocking a mutex that nobody else wants is inlined into the caller, which the sanitizer instruments. Where
// another thread is in the way, `_MutexHandle._lockSlow` and `_unlockSlow` of libswiftSynchronization.so do it, with
// futexes, and that library is not instrumented. So the sanitizer misses that the second critical section comes after the
// first, and reports races that are none: a program of nothing but threads and one `Mutex` gets such reports. Here both
// functions are stood in for (loaded before that library, this one's symbols come first): they call the real ones and add
// the missing order, as the sanitizer's own interceptors of `pthread_mutex_lock` do. Nothing is suppressed.
// https://github.com/swiftlang/swift/blob/main/stdlib/public/Synchronization/Mutex/LinuxImpl.swift

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
// `self`: the address of the mutex, which is what the inlined part works on too.
#define SELF __attribute__((swift_context)) void *

// Absent in processes that are not instrumented and inherit the preload.
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

SWIFT void lock_slow(uint32_t thread, SELF mutex) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(SELF mutex) __asm__(UNLOCK_SLOW);

SWIFT void lock_slow(uint32_t thread, SELF mutex) {
    SWIFT void (*real)(uint32_t, SELF) = (SWIFT void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, LOCK_SLOW);
    real(thread, mutex);
    if (__tsan_acquire) {
        __tsan_acquire(mutex);
    }
}

SWIFT void unlock_slow(SELF mutex) {
    SWIFT void (*real)(SELF) = (SWIFT void (*)(SELF))dlsym(RTLD_NEXT, UNLOCK_SLOW);
    if (__tsan_release) {
        __tsan_release(mutex);
    }
    real(mutex);
}
