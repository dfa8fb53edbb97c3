#pragma once

#include <cstddef>

namespace frontrow::bench {

/// Bytes that this program has got by `new` and not given back, each block as large as the allocator really
/// made it, its header included. The program that links this has its operators new and delete replaced.
std::size_t allocated_bytes();

/// Resident memory of this process, in bytes.
std::size_t resident_bytes();

/// Gives freed memory back to the system, so that the next figure of resident memory is of what lives.
void return_free_memory();

} // namespace frontrow::bench
