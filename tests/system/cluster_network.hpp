#pragma once

#include "cluster_deployment.hpp"

#include <string>
#include <vector>

namespace frontrow::test {

/// A network on this machine that can be cut: one bridge, the tests and the database at two addresses of it,
/// and shard nodes in network namespaces at others. Needs root and iproute2. All of it is gone with this
/// object.
class cluster_network {
public:
  cluster_network();
  ~cluster_network();
  cluster_network(const cluster_network&) = delete;
  cluster_network& operator=(const cluster_network&) = delete;

  /// Empty when such a network can be made here, otherwise why not.
  static std::string obstacle();

  /// Of the processes without a namespace, and of the database: 10.213.N.1 and .2.
  std::string home_address() const { return prefix_ + "1"; }
  std::string database_address() const { return prefix_ + "2"; }
  std::string all_addresses() const { return prefix_ + "0/24"; }

  /// Adds a place for a node: its address. Throws when the system refuses.
  std::string add_place();
  /// How a node is started there.
  process_terms terms_of(const std::string& address) const;

  /// What `from` sends to `to` vanishes. Of addresses of this network.
  void cut(const std::string& from, const std::string& to);
  /// A place hears nothing and is heard by nobody.
  void unplug(const std::string& address);
  /// Undoes every cut.
  void heal();

private:
  struct place {
    std::string address;
    std::string space; ///< network namespace
    std::string plug;  ///< its end at the bridge
  };
  static void run(const std::vector<std::string>& words);
  const place* find(const std::string& address) const;

  std::string name_; ///< of the bridge, and what others begin with
  std::string prefix_;
  std::vector<place> places_;
  std::vector<std::vector<std::string>> undo_;
};

} // namespace frontrow::test
