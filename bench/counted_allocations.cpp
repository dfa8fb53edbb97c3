#include "bench/counted_allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <malloc.h>
#include <new>
#include <unistd.h>

namespace {

std::atomic<std::size_t> allocated{0};

/// glibc keeps the block's size before it.
constexpr std::size_t header_bytes = sizeof(std::size_t);

void* counted(void* block) {
  if (!block)
    throw std::bad_alloc{};
  allocated.fetch_add(malloc_usable_size(block) + header_bytes, std::memory_order_relaxed);
  return block;
}

void release(void* block) {
  if (!block)
    return;
  allocated.fetch_sub(malloc_usable_size(block) + header_bytes, std::memory_order_relaxed);
  std::free(block);
}

} // namespace

void* operator new(std::size_t size) {
  return counted(std::malloc(size));
}
void* operator new[](std::size_t size) {
  return counted(std::malloc(size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto boundary = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(boundary, (size + boundary - 1) / boundary * boundary));
}
void operator delete(void* block) noexcept {
  release(block);
}
void operator delete[](void* block) noexcept {
  release(block);
}
void operator delete(void* block, std::size_t) noexcept {
  release(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  release(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  release(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  release(block);
}

namespace frontrow::bench {

std::size_t allocated_bytes() {
  return allocated.load(std::memory_order_relaxed);
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void return_free_memory() {
  malloc_trim(0);
}

} // namespace frontrow::bench
