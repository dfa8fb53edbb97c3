#pragma once

#include <variant>

#include <caf/error.hpp>
#include <caf/sec.hpp>

#include "cluster/wire.hpp"
#include "persistence/described.hpp"

/// How messages travel: every struct that persistence/described.hpp lists is inspected field by field, in
/// the listed order. Nothing is written twice.
namespace frontrow::domain {

template <class Inspector, class Struct>
  requires persistence::described_struct<Struct>
auto inspect(Inspector& inspector, Struct& object) {
  using members = boost::describe::describe_members<Struct, boost::describe::mod_public>;
  return [&]<class... Member>(boost::mp11::mp_list<Member...>) {
    return inspector(object.*Member::pointer...);
  }(boost::mp11::mp_rename<members, boost::mp11::mp_list>{});
}

/// A variant travels as the index of its alternative, then the alternative.
template <class Inspector, class... Alternatives>
auto inspect(Inspector& inspector, std::variant<Alternatives...>& choice) {
  auto index = static_cast<std::uint8_t>(choice.index());
  if constexpr (std::is_void_v<decltype(inspector(index))>) { // for people: the alternative alone
    std::visit([&](auto& alternative) { inspector(alternative); }, choice);
  } else {
    if (auto failed = inspector(index))
      return failed;
    if constexpr (Inspector::writes_state) {
      if (index >= sizeof...(Alternatives))
        return caf::error{caf::sec::unknown_type};
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (void)((I == index && (choice.template emplace<I>(), true)) || ...);
      }(std::index_sequence_for<Alternatives...>{});
    }
    return std::visit([&](auto& alternative) -> caf::error { return inspector(alternative); }, choice);
  }
}

} // namespace frontrow::domain
