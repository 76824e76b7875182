; Offers Topicscope for capture files and MQTT addresses, and takes the offer back. Nothing that another program has
; registered is changed: Windows asks the person, or shows Topicscope under Open with and in Default apps.

!define CLASSES "Software\Classes"
!define FILE_CLASS "${NAME}.Capture"
!define URL_CLASS "${NAME}.Address"
!define CAPABILITIES "Software\${NAME}\Capabilities"
!define SHCNE_ASSOCCHANGED 0x08000000

; What comes behind -- is never an option, whatever a page on the web has put into an address.
!define OPEN_COMMAND '"$INSTDIR\${COMMAND}.exe" -- "%1"'

!macro DESCRIBE_CLASS CLASS WORDS
  WriteRegStr SHCTX "${CLASSES}\${CLASS}" "" "${WORDS}"
  WriteRegStr SHCTX "${CLASSES}\${CLASS}\DefaultIcon" "" "$INSTDIR\${COMMAND}.exe,0"
  WriteRegStr SHCTX "${CLASSES}\${CLASS}\shell\open\command" "" '${OPEN_COMMAND}'
!macroend

!macro OFFER_SUFFIX SUFFIX
  WriteRegStr SHCTX "${CLASSES}\.${SUFFIX}\OpenWithProgids" "${FILE_CLASS}" ""
  WriteRegStr SHCTX "${CLASSES}\Applications\${COMMAND}.exe\SupportedTypes" ".${SUFFIX}" ""
  WriteRegStr SHCTX "${CAPABILITIES}\FileAssociations" ".${SUFFIX}" "${FILE_CLASS}"
!macroend

!macro WITHDRAW_SUFFIX SUFFIX
  DeleteRegValue SHCTX "${CLASSES}\.${SUFFIX}\OpenWithProgids" "${FILE_CLASS}"
  DeleteRegKey /ifempty SHCTX "${CLASSES}\.${SUFFIX}\OpenWithProgids"
  DeleteRegKey /ifempty SHCTX "${CLASSES}\.${SUFFIX}"
!macroend

!macro OFFER_SCHEME SCHEME
  WriteRegStr SHCTX "${CAPABILITIES}\URLAssociations" "${SCHEME}" "${URL_CLASS}"
!macroend

!macro TELL_WINDOWS
  System::Call 'shell32::SHChangeNotify(i ${SHCNE_ASSOCCHANGED}, i 0, p 0, p 0)'
!macroend

!macro OFFER_ASSOCIATIONS
  !insertmacro DESCRIBE_CLASS "${FILE_CLASS}" "Packet capture"
  !insertmacro DESCRIBE_CLASS "${URL_CLASS}" "Address of an MQTT broker"
  WriteRegStr SHCTX "${CLASSES}\${URL_CLASS}" "URL Protocol" ""
  WriteRegStr SHCTX "${CLASSES}\Applications\${COMMAND}.exe" "FriendlyAppName" "${NAME}"
  WriteRegStr SHCTX "${CLASSES}\Applications\${COMMAND}.exe\shell\open\command" "" '${OPEN_COMMAND}'
  WriteRegStr SHCTX "${CAPABILITIES}" "ApplicationName" "${NAME}"
  WriteRegStr SHCTX "${CAPABILITIES}" "ApplicationDescription" "${SUMMARY}"
  WriteRegStr SHCTX "${CAPABILITIES}" "ApplicationIcon" "$INSTDIR\${COMMAND}.exe,0"
  WriteRegStr SHCTX "Software\RegisteredApplications" "${NAME}" "${CAPABILITIES}"
  !insertmacro FOR_EACH_SUFFIX OFFER_SUFFIX
  !insertmacro FOR_EACH_SCHEME OFFER_SCHEME
  !insertmacro TELL_WINDOWS
!macroend

!macro WITHDRAW_ASSOCIATIONS
  !insertmacro FOR_EACH_SUFFIX WITHDRAW_SUFFIX
  DeleteRegValue SHCTX "Software\RegisteredApplications" "${NAME}"
  DeleteRegKey SHCTX "${CAPABILITIES}"
  DeleteRegKey /ifempty SHCTX "Software\${NAME}"
  DeleteRegKey SHCTX "${CLASSES}\Applications\${COMMAND}.exe"
  DeleteRegKey SHCTX "${CLASSES}\${FILE_CLASS}"
  DeleteRegKey SHCTX "${CLASSES}\${URL_CLASS}"
  !insertmacro TELL_WINDOWS
!macroend
