# `cmake --install BUILD --prefix PREFIX`: programs, man pages, units, and what makes shells complete
# commands, each where Debian looks for it below the prefix.
include(GNUInstallDirs)

install(TARGETS quorate quorate-holder quorate-audit quorate-server
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
file(GLOB pages ${CMAKE_SOURCE_DIR}/docs/man/*.1)
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

# The prefix is known when it is installed, and so is where units find the programs. The parser itself
# says what it takes, so the program writes its shells' files.
install(CODE "
  set(bin ${CMAKE_INSTALL_BINDIR})
  set(share \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR})
  set(made ${CMAKE_BINARY_DIR}/installed)
  foreach(unit server:system holder:user)
    string(REPLACE : \";\" unit \${unit})
    list(GET unit 0 program)
    list(GET unit 1 manager)
    file(READ ${CMAKE_SOURCE_DIR}/deploy/quorate-\${program}.service text)
    string(REPLACE /usr/local/bin \${CMAKE_INSTALL_PREFIX}/\${bin} text \"\${text}\")
    file(WRITE \${made}/quorate-\${program}.service \"\${text}\")
    file(INSTALL \${made}/quorate-\${program}.service
      DESTINATION \${CMAKE_INSTALL_PREFIX}/lib/systemd/\${manager})
  endforeach()
  foreach(program quorate quorate-audit)
    foreach(shell bash:bash-completion/completions/\${program} zsh:zsh/site-functions/_\${program}
        fish:fish/vendor_completions.d/\${program}.fish)
      string(REPLACE : \";\" shell \${shell})
      list(GET shell 0 name)
      list(GET shell 1 path)
      get_filename_component(folder \${made}/\${path} DIRECTORY)
      file(MAKE_DIRECTORY \${folder})
      execute_process(
        COMMAND ${CMAKE_COMMAND} -E env HOME=/nonexistent
          ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/\${program} completion \${name}
        OUTPUT_FILE \${made}/\${path} COMMAND_ERROR_IS_FATAL ANY)
      get_filename_component(to \${share}/\${path} DIRECTORY)
      file(INSTALL \${made}/\${path} DESTINATION \${to})
    endforeach()
  endforeach()")
