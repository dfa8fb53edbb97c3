// Preloaded into one node: its wall clock is off by FRONTROW_TEST_CLOCK_SECONDS, as a badly set machine's
// would be. The monotonic clock is left alone. Whoever waits until a time of the wall clock waits as long as
// it would on such a machine.
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <pthread.h>
#include <sys/time.h>
#include <time.h>

namespace {

time_t shift() {
  static const time_t seconds = [] {
    const char* given = std::getenv("FRONTROW_TEST_CLOCK_SECONDS");
    return given != nullptr ? static_cast<time_t>(std::atol(given)) : time_t{0};
  }();
  return seconds;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int true_time(clockid_t clock, timespec* into) {
  static const auto original = next<int (*)(clockid_t, timespec*)>("clock_gettime");
  return original(clock, into);
}

bool is_wall(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

/// A deadline of the shifted clock, by the true one; others (of the monotonic clock, decades away) as they
/// are.
timespec true_deadline(const timespec& deadline) {
  timespec now{};
  true_time(CLOCK_REALTIME, &now);
  constexpr time_t year = 365 * 24 * 3600;
  auto moved = deadline;
  if (deadline.tv_sec > now.tv_sec - year)
    moved.tv_sec -= shift();
  return moved;
}

} // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* into) {
  const int result = true_time(clock, into);
  if (result == 0 && is_wall(clock))
    into->tv_sec += shift();
  return result;
}

int gettimeofday(timeval* into, void*) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  into->tv_sec = now.tv_sec;
  into->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* into) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (into != nullptr)
    *into = now.tv_sec;
  return now.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* deadline) {
  static const auto original =
      next<int (*)(pthread_cond_t*, pthread_mutex_t*, const timespec*)>("pthread_cond_timedwait");
  const auto moved = true_deadline(*deadline);
  return original(condition, mutex, &moved);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* deadline) {
  static const auto original =
      next<int (*)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*)>("pthread_cond_clockwait");
  const auto moved = is_wall(clock) ? true_deadline(*deadline) : *deadline;
  return original(condition, mutex, clock, &moved);
}
}
