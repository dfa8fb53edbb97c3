#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace frontrow::bench {

/// How often each stack was seen: frames from the thread's name inwards, with ';' between (the folded form of
/// github.com/brendangregg/FlameGraph). Pure.
using folded_stacks = std::map<std::string, std::uint64_t>;

/// Reads what `perf script -F comm,ip,sym` writes: a sample is a line with the thread's name, a line for each
/// frame from the innermost outwards (an address and a name, indented), and an empty line.
folded_stacks fold(std::string_view script);

/// A C++ function's name without what makes it long: arguments of templates, parameters, what it returns.
std::string short_name(std::string_view symbol);

/// The stacks as inline SVG, threads at the bottom, as wide as often seen. Every frame has its name and share
/// as a tooltip; those below `flame_share_min` of all are left out.
std::string flame_graph(const folded_stacks& stacks);
inline constexpr double flame_share_min = 0.002;

} // namespace frontrow::bench
