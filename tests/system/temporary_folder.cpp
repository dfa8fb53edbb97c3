#include "temporary_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace frontrow::test {

temporary_folder::temporary_folder() {
  auto name = (std::filesystem::temp_directory_path() / "frontrow-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), "mkdtemp");
  path_ = name;
  using std::filesystem::perms;
  std::filesystem::permissions(path_, perms::owner_all | perms::group_read | perms::group_exec |
                                          perms::others_read | perms::others_exec);
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

} // namespace frontrow::test
