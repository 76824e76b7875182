; The installer for Windows. packaging/windows/build_installer.py calls makensis and defines:
;   VERSION VERSION_4 PAYLOAD FILES LICENSE_FILE ICON OUT NAME COMMAND PUBLISHER SUMMARY COPYRIGHT
;   TARGET and SIGN_COMMAND only where they are wanted
;
; Silent:   Topicscope-setup.exe /S [/CurrentUser | /AllUsers] [/D=C:\folder]   (/D last, without quotes)
;           uninstall.exe /S [/CurrentUser | /AllUsers]
; Exit codes of both: 0 done, 1 cancelled, 2 stopped, 3 Topicscope is running, 4 this Windows is too old or of
;           32 bits, 5 files could not be written or the older version could not be removed, 6 /AllUsers was
;           asked for without the rights of an administrator.
Unicode true
!ifdef TARGET
  Target ${TARGET}
!endif
SetCompressor /SOLID lzma
; Dates of files belong to the machine that builds; without them the same input makes the same bytes.
SetDateSave off
ManifestDPIAware true
; To programs that do not name it, Windows 10 says that it is Windows 8.
ManifestSupportedOS all

!define EXIT_RUNNING 3
!define EXIT_TOO_OLD 4
!define EXIT_FILES 5
!define EXIT_RIGHTS 6
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"

!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_INSTALLMODE_DEFAULT_CURRENTUSER
!define MULTIUSER_INSTALLMODE_INSTDIR "${NAME}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "InstallLocation"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "UninstallString"
!define MULTIUSER_USE_PROGRAMFILES64
!include MultiUser.nsh
!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include WinVer.nsh
!include x64.nsh
!include "${FILES}"
!include associations.nsh

Name "${NAME}"
OutFile "${OUT}"
BrandingText "${NAME} ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow
!ifdef SIGN_COMMAND
  !finalize '${SIGN_COMMAND} "%1"'
  !uninstfinalize '${SIGN_COMMAND} "%1"'
!endif

VIProductVersion "${VERSION_4}"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} setup"
VIAddVersionKey "CompanyName" "${PUBLISHER}"
VIAddVersionKey "LegalCopyright" "${COPYRIGHT}"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\${COMMAND}.exe"
!define MUI_FINISHPAGE_RUN_TEXT "Start ${NAME}"
!define MUI_FINISHPAGE_RUN_NOTCHECKED
!insertmacro MUI_PAGE_LICENSE "${LICENSE_FILE}"
!insertmacro MULTIUSER_PAGE_INSTALLMODE
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; A program that runs cannot be opened for writing.
!macro STOP_IF_RUNNING
  ClearErrors
  ${If} ${FileExists} "$INSTDIR\${COMMAND}.exe"
    FileOpen $0 "$INSTDIR\${COMMAND}.exe" a
    ${If} ${Errors}
      MessageBox MB_ICONEXCLAMATION "${NAME} is running, or its folder cannot be written. Close it and try again." /SD IDOK
      SetErrorLevel ${EXIT_RUNNING}
      Quit
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend

; MultiUser would show a message even in silent mode, and wait for someone to close it.
!macro STOP_WITHOUT_RIGHTS FUNCTION_PREFIX
  ${${FUNCTION_PREFIX}GetParameters} $0
  ClearErrors
  ${${FUNCTION_PREFIX}GetOptions} $0 "/AllUsers" $1
  ${IfNot} ${Errors}
    UserInfo::GetAccountType
    Pop $1
    ${If} $1 != "Admin"
    ${AndIf} $1 != "Power"
      MessageBox MB_ICONSTOP "Only an administrator can do this for all users. Start the program as one, or use /CurrentUser." /SD IDOK
      SetErrorLevel ${EXIT_RIGHTS}
      Quit
    ${EndIf}
  ${EndIf}
!macroend

Function .onInit
  ${IfNot} ${AtLeastWin10}
  ${OrIfNot} ${RunningX64}
    MessageBox MB_ICONSTOP "${NAME} needs Windows 10 or later, 64 bits." /SD IDOK
    SetErrorLevel ${EXIT_TOO_OLD}
    Quit
  ${EndIf}
  SetRegView 64
  !insertmacro STOP_WITHOUT_RIGHTS ""
  ; MultiUser puts its own folder in place of the one that /D names.
  StrCpy $9 $INSTDIR
  !insertmacro MULTIUSER_INIT
  ${If} $9 != ""
    StrCpy $INSTDIR $9
  ${EndIf}
FunctionEnd

Function un.onInit
  SetRegView 64
  !insertmacro STOP_WITHOUT_RIGHTS "un."
  !insertmacro MULTIUSER_UNINIT
FunctionEnd

; The older version takes its own files away: it knows them, the newer one does not.
Function RemoveOlderVersion
  ReadRegStr $1 SHCTX "${UNINSTALL_KEY}" "InstallLocation"
  ${If} $1 == ""
  ${OrIfNot} ${FileExists} "$1\uninstall.exe"
    Return
  ${EndIf}
  DetailPrint "Removing the version that is installed"
  InitPluginsDir
  CopyFiles /SILENT "$1\uninstall.exe" "$PLUGINSDIR\older.exe"
  ClearErrors
  ; Without _?= the uninstaller would start a copy of itself and return before that has ended.
  ExecWait '"$PLUGINSDIR\older.exe" /S /$MultiUser.InstallMode _?=$1' $2
  ${If} ${Errors}
  ${OrIf} $2 <> 0
    MessageBox MB_ICONSTOP "The version that is installed could not be removed (exit code $2)." /SD IDOK
    SetErrorLevel ${EXIT_FILES}
    Quit
  ${EndIf}
  Delete "$1\uninstall.exe"
  RMDir "$1"
FunctionEnd

Section "${NAME}" SEC_PROGRAM
  SectionIn RO
  !insertmacro STOP_IF_RUNNING
  Call RemoveOlderVersion
  ClearErrors
  SetOutPath "$INSTDIR"
  SetOverwrite try
  File /r "${PAYLOAD}\*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  ${If} ${Errors}
  ${OrIfNot} ${FileExists} "$INSTDIR\uninstall.exe"
    MessageBox MB_ICONSTOP "The files could not be written to $INSTDIR." /SD IDOK
    SetErrorLevel ${EXIT_FILES}
    Quit
  ${EndIf}
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${COMMAND}.exe" "" "" "" SW_SHOWNORMAL "" "${SUMMARY}"
  ; Start, Run finds the program by its name.
  WriteRegStr SHCTX "Software\Microsoft\Windows\CurrentVersion\App Paths\${COMMAND}.exe" "" "$INSTDIR\${COMMAND}.exe"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayName" "${NAME}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${COMMAND}.exe,0"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "Publisher" "${PUBLISHER}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode'
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode /S'
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "EstimatedSize" $0
SectionEnd

Section "Offer ${NAME} for captures and mqtt:// addresses" SEC_ASSOCIATIONS
  !insertmacro OFFER_ASSOCIATIONS
SectionEnd

Section /o "Icon on the desktop" SEC_DESKTOP
  CreateShortcut "$DESKTOP\${NAME}.lnk" "$INSTDIR\${COMMAND}.exe" "" "" "" SW_SHOWNORMAL "" "${SUMMARY}"
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${SEC_PROGRAM} "The window and the command line."
  !insertmacro MUI_DESCRIPTION_TEXT ${SEC_ASSOCIATIONS} "Names ${NAME} under Open with. What opens these files now stays as it is."
  !insertmacro MUI_DESCRIPTION_TEXT ${SEC_DESKTOP} "A shortcut on the desktop."
!insertmacro MUI_FUNCTION_DESCRIPTION_END

Section "Uninstall"
  !insertmacro STOP_IF_RUNNING
  ; Only what was installed: files that people have put into the folder, their settings and recordings stay.
  !insertmacro DELETE_INSTALLED_FILES
  ${If} ${FileExists} "$INSTDIR\${COMMAND}.exe"
    SetErrorLevel ${EXIT_FILES}
    Quit
  ${EndIf}
  Delete "$INSTDIR\uninstall.exe"
  SetOutPath "$TEMP"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  Delete "$DESKTOP\${NAME}.lnk"
  !insertmacro WITHDRAW_ASSOCIATIONS
  DeleteRegKey SHCTX "Software\Microsoft\Windows\CurrentVersion\App Paths\${COMMAND}.exe"
  DeleteRegKey SHCTX "${UNINSTALL_KEY}"
SectionEnd
